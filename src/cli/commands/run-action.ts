import { AppError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { readPlaybook } from '../read-playbook.ts';
import type { RunRequest } from './run.ts';

/** The playbook is read before anything else is loaded, so that a misspelt name is said at once. */
export async function runAction(request: RunRequest, context: CliContext): Promise<ExitCode> {
  await readPlaybook(request.playbookFile, context.workingDirectory);
  const { assertDeploymentIsOff, loadSettings } = await import('../load-settings.ts');
  assertDeploymentIsOff(loadSettings(request.settings, context).settings);
  throw new AppError('NOT_AVAILABLE', 'run is not available in this version');
}
