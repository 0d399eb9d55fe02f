import { suggest } from '../base/index.ts';
import { createError, type Diagnostic, quote } from '../diagnostics/index.ts';
import type { MessagePiece, Template } from './model.ts';

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
  template: Template,
  variables: Variables,
  report: (problem: Diagnostic) => void,
): string | undefined {
  const pieces = readPieces(template, variables, report);
  const references = pieces?.filter((piece) => typeof piece !== 'string') ?? [];
  for (const { variable, position } of references) {
    const message = `\${node.${variable}} differs from node to node: it may stand in the message of a SEND, and nowhere else`;
    report(createError('INVALID_VARIABLE', position, message));
  }
  return pieces && references.length === 0 ? textOf(pieces) : undefined;
}

/** The same for the message of a SEND, in which `${node.name}` may stand: these are left for each node. */
export function readPieces(
  { text, position }: Template,
  variables: Variables,
  report: (problem: Diagnostic) => void,
): readonly MessagePiece[] | undefined {
  let complete = true;
  const pieces: MessagePiece[] = [];
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const [reference, name = '', close] = match;
    const place = { ...position, column: position.column + match.index, length: reference.length };
    pieces.push(text.slice(end, match.index));
    end = match.index + reference.length;
    const variable = close ? nodeVariable(name) : undefined;
    const value = reference === ESCAPED ? '${' : close ? variables.get(name) : undefined;
    if (variable !== undefined) pieces.push({ variable, position: place });
    if (value !== undefined) pieces.push(value);
    if (variable !== undefined || value !== undefined) continue;
    complete = false;
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
  }
  pieces.push(text.slice(end));
  return complete ? pieces : undefined;
}

/** As people should see them: what differs from node to node as it is written. */
export function textOf(pieces: readonly MessagePiece[]): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : `\${node.${piece.variable}}`)).join('');
}

const OF_NODE = 'node.';

function nodeVariable(name: string): string | undefined {
  const variable = name.startsWith(OF_NODE) ? name.slice(OF_NODE.length) : '';
  return isVariableName(variable) ? variable : undefined;
}

/** A text as people should see it: with the values of its variables, as far as it has them. */
export function expandVariables(text: string, variables: Variables): string {
  const position = { line: 1, column: 1, length: 1 };
  const pieces = readPieces({ text, position }, variables, () => {});
  return pieces ? textOf(pieces) : text;
}

function suggestReference(name: string, variables: Variables): string | undefined {
  const known = suggest(name, variables.keys());
  return known === undefined ? undefined : `\${${known}}`;
}

/** Names of the variables that a text refers to. */
export function referencesIn(text: string): string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, name, close]) => (name && close ? [name] : []));
}
