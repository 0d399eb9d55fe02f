import { AppError } from '../../base/index.ts';
import { formatDiagnostics, hasError } from '../../diagnostics/index.ts';
import type { Inventory } from '../../inventory/index.ts';
import type { Playbook } from '../../playbook/index.ts';
import type { CliContext } from '../context.ts';
import { inspectPlaybook } from '../inspect-playbook.ts';
import type { RunRequest } from '../run-request.ts';

/**
 * A playbook that can be run. What is wrong with it, or odd, is shown.
 * @throws AppError PLAYBOOK_INVALID
 */
export function checkedPlaybook(
  source: string,
  request: Pick<RunRequest, 'playbookFile' | 'variables' | 'lenient'> & {
    readonly inventory: Inventory | undefined;
  },
  { output }: CliContext,
): Playbook {
  const { playbookFile } = request;
  const { value, diagnostics } = inspectPlaybook(source, playbookFile, request);
  if (diagnostics.length > 0)
    output.stderr.write(`${formatDiagnostics(source, playbookFile, diagnostics)}\n\n`);
  if (value && !hasError(diagnostics)) return value;
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  throw new AppError(
    'PLAYBOOK_INVALID',
    `${playbookFile} has ${errors === 1 ? 'an error' : `${errors} errors`}, so nothing was run`,
    { hint: 'docs/reference/playbook.md has every step with an example' },
  );
}
