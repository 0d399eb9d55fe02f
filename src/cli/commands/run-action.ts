import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { SettingsRequest } from '../options.ts';
import { readPlaybook } from '../read-playbook.ts';

export interface RunRequest {
  readonly playbookFile: string;
  /** An embedded broker and one agent per node that the playbook names, on this machine. */
  readonly local: boolean;
  /** Of `--var`; they win over SET. */
  readonly variables: ReadonlyMap<string, string>;
  /** Unknown lines of the playbook are warned about and skipped. */
  readonly lenient: boolean;
  /** Stop another run that holds a node, instead of failing. */
  readonly takeOver: boolean;
  readonly settings: SettingsRequest;
}

/** The playbook is read before anything else is loaded, so that a misspelt name is said at once. */
export async function runAction(request: RunRequest, context: CliContext): Promise<ExitCode> {
  const source = await readPlaybook(request.playbookFile, context.workingDirectory);
  const { runPlaybookSource } = await import('../compose/playbook-run.ts');
  return runPlaybookSource(source, request, context);
}
