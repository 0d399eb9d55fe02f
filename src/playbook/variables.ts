import { suggest } from '../base/index.ts';
import { createError, type Diagnostic, quote } from '../diagnostics/index.ts';
import type { Template } from './model.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** `$${`, the literal `${`, or a reference, well formed or not. */
const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const ESCAPED = '$${';

export type Variables = ReadonlyMap<string, string>;

/** True for what may stand in `${…}` and before the `=` of a SET: a letter or `_`, then letters, digits, `_`. */
export function isVariableName(text: string): boolean {
  return NAME.test(text);
}

/**
 * The template's text with each `${name}` replaced by its value, which is not looked at again, and each `$${` by `${`.
 * Any other `$` stands for itself.
 * @returns undefined when a reference is malformed or has no value; `report` has then been told.
 */
export function replaceVariables(
  { text, position }: Template,
  variables: Variables,
  report: (problem: Diagnostic) => void,
): string | undefined {
  let complete = true;
  const replaced = text.replace(REFERENCE, (reference, name: string, close: string, offset: number) => {
    if (reference === ESCAPED) return '${';
    const value = close ? variables.get(name) : undefined;
    if (value !== undefined) return value;
    complete = false;
    const place = { ...position, column: position.column + offset, length: reference.length };
    report(
      close && isVariableName(name)
        ? createError(
            'UNSET_VARIABLE',
            place,
            `\${${name}} has no value: SET it in a line before, or give --var ${name}=…`,
            suggestReference(name, variables),
          )
        : createError(
            'INVALID_VARIABLE',
            place,
            `${quote(reference)} is no variable: a variable is \${name}, and a literal \${ is written $\${`,
          ),
    );
    return '';
  });
  return complete ? replaced : undefined;
}

/** A text as people should see it: with the values of its variables, as far as it has them. */
export function expandVariables(text: string, variables: Variables): string {
  const position = { line: 1, column: 1, length: 1 };
  return replaceVariables({ text, position }, variables, () => {}) ?? text;
}

function suggestReference(name: string, variables: Variables): string | undefined {
  const known = suggest(name, variables.keys());
  return known === undefined ? undefined : `\${${known}}`;
}

/** Names of the variables that a text refers to. */
export function referencesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, name, close]) => (name && close ? [name] : []));
}
