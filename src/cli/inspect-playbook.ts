import { type Diagnostic, hasError, type Parsed } from '../diagnostics/index.ts';
import type { Inventory } from '../inventory/index.ts';
import { checkPlaybook, type Playbook, parseTextPlaybook, type Variables } from '../playbook/index.ts';

interface InspectOptions {
  /** Of `--var`. */
  readonly variables: Variables;
  readonly lenient: boolean;
  readonly inventory?: Inventory | undefined;
}

/** Everything that can be said of a playbook before it runs: `check` prints it, `run` insists on it. */
export function inspectPlaybook(source: string, file: string, options: InspectOptions): Parsed<Playbook> {
  const { value, diagnostics: syntax } = parseTextPlaybook(source, file, { lenient: options.lenient });
  if (!value) return { diagnostics: syntax };
  const meaning = checkPlaybook(value, options);
  const diagnostics: readonly Diagnostic[] = [...syntax, ...meaning];
  return hasError(diagnostics) ? { diagnostics } : { value, diagnostics };
}
