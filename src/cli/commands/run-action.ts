import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { readPlaybook } from '../read-playbook.ts';
import type { RunRequest } from '../run-request.ts';

/** The playbook is read before anything else is loaded, so that a misspelt name is said at once. */
export async function runAction(request: RunRequest, context: CliContext): Promise<ExitCode> {
  const source = await readPlaybook(
    request.playbookFile,
    context.workingDirectory,
    'name the playbook with -p FILE',
  );
  const { runPlaybookSource } = await import('../compose/playbook-run.ts');
  return runPlaybookSource(source, request, context);
}
