import { systemClock } from '../../base/index.ts';
import type { Configuration } from '../../config/index.ts';
import type { NodeExpression } from '../../inventory/index.ts';
import { playbookNodes } from '../../playbook/index.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { assertDeploymentIsOff, loadSettings } from '../load-settings.ts';
import type { RunRequest } from '../run-request.ts';
import { checkedPlaybook } from './checked-playbook.ts';
import { type ControlRunOptions, runOnBroker } from './control-run.ts';
import { startLocalLab } from './local-lab.ts';
import { createRecording, untilRecorded } from './recording.ts';
import { createReporting } from './reporting.ts';
import { configuredInventory } from './selection.ts';

/** Checks a playbook and runs it, on the configured broker or in a lab of its own. */
export async function runPlaybookSource(
  source: string,
  request: RunRequest,
  context: CliContext,
): Promise<ExitCode> {
  const configuration = loadSettings(request.settings, context);
  assertDeploymentIsOff(configuration.settings);
  const inventory = await configuredInventory(configuration.settings, context);
  const playbook = checkedPlaybook(source, { ...request, inventory }, context);
  const recorder = createRecording(
    { source, request, configuration, onTrouble: (message) => reporting.logger.warn(message) },
    context,
  );
  const reporting = createReporting(configuration.settings, context, recorder);
  const { variables, takeOver } = request;
  const run = { playbook, variables, inventory, takeOver, holdLease: true };
  return untilRecorded(recorder, () =>
    request.local
      ? runInLab(run, configuration, reporting, context)
      : runOnNodes(run, configuration, reporting, context),
  );
}

type Reporting = ReturnType<typeof createReporting>;

async function runOnNodes(
  run: ControlRunOptions,
  configuration: Configuration,
  reporting: Reporting,
  context: CliContext,
): Promise<ExitCode> {
  await deployAsConfigured(playbookNodes(run.playbook, run.variables), configuration, context, run);
  return runOnBroker(run, configuration.settings, reporting, context);
}

async function runInLab(
  run: ControlRunOptions,
  configuration: Configuration,
  reporting: Reporting,
  context: CliContext,
): Promise<ExitCode> {
  const { playbook, variables, inventory } = run;
  const tools = { clock: systemClock, logger: reporting.logger };
  const wanted = { nodes: playbookNodes(playbook, variables), inventory };
  const lab = await startLocalLab(wanted, configuration, context, tools);
  try {
    const signal = AbortSignal.any([context.signal, lab.failure]);
    const code = await runOnBroker(run, lab.configuration.settings, reporting, { ...context, signal });
    lab.failure.throwIfAborted();
    return code;
  } finally {
    await lab.close();
  }
}

async function deployAsConfigured(
  nodes: readonly NodeExpression[],
  configuration: Configuration,
  context: CliContext,
  run: Pick<ControlRunOptions, 'takeOver'>,
): Promise<void> {
  if (!configuration.settings.useSsh) return;
  const { deployFirst } = await import('./deploy-first.ts');
  await deployFirst(nodes, configuration, context, run);
}
