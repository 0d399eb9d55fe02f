import type { Configuration } from '../../config/index.ts';
import type { NodeExpression } from '../../inventory/index.ts';
import type { CliContext } from '../context.ts';
import { createDeployDisplay } from '../deploy-display.ts';
import { assertAllWell, tableOfOutcomes } from '../deploy-texts.ts';
import { hostsOfPlaybook, neededInventory } from './chosen-hosts.ts';
import { deployBySsh } from './ssh-deployment.ts';

const PARALLEL = 10;

/**
 * Before a run: agents onto the hosts that its playbook speaks of.
 * @throws AppError DEPLOY_FAILED when one is not alive in the end; then nothing is to be run
 */
export async function deployFirst(
  nodes: readonly NodeExpression[],
  configuration: Configuration,
  context: CliContext,
  { takeOver }: { readonly takeOver: boolean },
): Promise<void> {
  const inventory = await neededInventory(configuration.settings, context);
  const display = createDeployDisplay(context);
  const outcomes = await deployBySsh({
    hosts: hostsOfPlaybook(inventory, nodes),
    configuration,
    display,
    context,
    dryRun: false,
    asService: false,
    takeOver,
    parallel: PARALLEL,
    maxFailures: Number.POSITIVE_INFINITY,
  });
  // stdout belongs to the run.
  context.output.stderr.write(`${tableOfOutcomes(outcomes).map(display.line).join('')}\n`);
  assertAllWell(outcomes);
}
