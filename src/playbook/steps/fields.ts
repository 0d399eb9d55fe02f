import { parseDuration } from '../../base/index.ts';
import {
  CONTROL_CHARACTER,
  createError,
  type Diagnostic,
  nameCharacter,
  quote,
} from '../../diagnostics/index.ts';
import type { NodeExpression } from '../../inventory/index.ts';
import { parseNodeExpression } from '../../inventory/index.ts';
import { splitWords } from '../../protocol/index.ts';
import type { MessagePiece, Template } from '../model.ts';
import { readPieces, replaceVariables, textOf, type Variables } from '../variables.ts';

/** Stands for a value that is not known yet; no document has it, since it is a control character. */
const MARK = '\0';

/**
 * Reads the parts of a step once their variables are known. Every method gives undefined for a part that is wrong,
 * and keeps the reason in `diagnostics`.
 */
export class Fields {
  readonly diagnostics: Diagnostic[] = [];
  readonly #variables: Variables;

  constructor(variables: Variables) {
    this.#variables = variables;
  }

  text(template: Template): string | undefined {
    const text = replaceVariables(template, this.#variables, (problem) => this.diagnostics.push(problem));
    return this.#withoutControls(text, template);
  }

  /** Text that is more than blanks. @param what completes the sentence "… is empty" */
  filledText(template: Template, what: string): string | undefined {
    return this.#filled(this.text(template), template, what);
  }

  /** What a SEND says: `pieces` when it differs from node to node. */
  message(
    template: Template,
  ): { readonly message: string; readonly pieces?: readonly MessagePiece[] } | undefined {
    const pieces = readPieces(template, this.#variables, (problem) => this.diagnostics.push(problem));
    const message = this.#filled(
      pieces && this.#withoutControls(textOf(pieces), template),
      template,
      'the message',
    );
    const reference = pieces?.find((piece) => typeof piece !== 'string');
    if (!pieces || message === undefined || !reference)
      return message === undefined ? undefined : { message };
    const marked = pieces.map((piece) => (typeof piece === 'string' ? piece : MARK)).join('');
    if (splitWords(marked)[0]?.includes(MARK) !== true) return { message, pieces };
    const why = `the verb is the same for all nodes, so \${node.${reference.variable}} cannot stand in it`;
    this.diagnostics.push(createError('INVALID_VARIABLE', reference.position, why));
    return undefined;
  }

  nodes(template: Template): NodeExpression | undefined {
    const text = this.text(template);
    if (text === undefined) return undefined;
    const { value, diagnostics } = parseNodeExpression(text, template.position);
    // One by one: as arguments of one call, a million would be too many.
    for (const problem of diagnostics) this.diagnostics.push(problem);
    return value;
  }

  durationMs(template: Template): number | undefined {
    const text = this.text(template);
    if (text === undefined) return undefined;
    const durationMs = parseDuration(text);
    if (durationMs !== undefined) return durationMs;
    const message = `${quote(text)} is no duration: write 7 or 2.5 (seconds), 500ms, 1m30s, 2h; at most a year`;
    return this.reject('INVALID_DURATION', template, message);
  }

  #filled(text: string | undefined, template: Template, what: string): string | undefined {
    if (text === undefined || text.trim() !== '') return text;
    return this.reject('MISSING_PART', template, `${what} is empty once its variables are replaced`);
  }

  #withoutControls(text: string | undefined, template: Template): string | undefined {
    const control = text === undefined ? null : CONTROL_CHARACTER.exec(text);
    if (control === null) return text;
    const message = `a variable brings ${nameCharacter(control[0])} in here`;
    return this.reject('CONTROL_CHARACTER', template, message);
  }

  reject(code: Diagnostic['code'], template: Template, message: string, suggestion?: string): undefined {
    this.diagnostics.push(createError(code, template.position, message, suggestion));
    return undefined;
  }
}
