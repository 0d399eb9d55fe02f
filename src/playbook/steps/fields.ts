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
import type { Template } from '../model.ts';
import { replaceVariables, type Variables } from '../variables.ts';

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
    const control = text === undefined ? null : CONTROL_CHARACTER.exec(text);
    if (control === null) return text;
    return this.reject(
      'CONTROL_CHARACTER',
      template,
      `a variable brings ${nameCharacter(control[0])} in here`,
    );
  }

  /** Text that is more than blanks. @param what completes the sentence "… is empty" */
  filledText(template: Template, what: string): string | undefined {
    const text = this.text(template);
    if (text === undefined || text.trim() !== '') return text;
    return this.reject('MISSING_PART', template, `${what} is empty once its variables are replaced`);
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

  reject(code: Diagnostic['code'], template: Template, message: string, suggestion?: string): undefined {
    this.diagnostics.push(createError(code, template.position, message, suggestion));
    return undefined;
  }
}
