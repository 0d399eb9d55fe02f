import { chooseHosts, neededInventory } from '../compose/chosen-hosts.ts';
import { deployBySsh, endBySsh, lookBySsh, type SshWork } from '../compose/ssh-deployment.ts';
import type { CliContext } from '../context.ts';
import { createDeployDisplay } from '../deploy-display.ts';
import { assertAllWell, outcomesToJson, tableOfOutcomes, tableOfSeen } from '../deploy-texts.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';

export interface DeployRequest {
  readonly work:
    | { readonly kind: 'deploy'; readonly asService: boolean }
    | { readonly kind: 'stop' | 'uninstall' | 'remove' | 'status' }
    | { readonly kind: 'logs'; readonly node: string };
  /** A node expression; not parsed yet. Undefined: every host. */
  readonly limit: string | undefined;
  readonly dryRun: boolean;
  /** Also where a run holds the node. */
  readonly takeOver: boolean;
  readonly parallel: number;
  readonly maxFailures: number;
  readonly json: boolean;
  readonly settings: SettingsRequest;
}

/** Agents onto the hosts of an inventory, or away from there. */
export async function deployAction(request: DeployRequest, context: CliContext): Promise<ExitCode> {
  const configuration = loadSettings(request.settings, context);
  const { work } = request;
  const inventory = await neededInventory(configuration.settings, context);
  const hosts = chooseHosts(inventory, work.kind === 'logs' ? work.node : request.limit);
  const display = createDeployDisplay(context);
  const options: SshWork = { ...request, hosts, configuration, display, context };
  const { stdout } = context.output;
  switch (work.kind) {
    case 'deploy':
    case 'stop':
    case 'uninstall':
    case 'remove': {
      const outcomes =
        work.kind === 'deploy'
          ? await deployBySsh({ ...options, asService: work.asService })
          : await endBySsh(options, work.kind);
      const lines = request.json ? outcomesToJson(outcomes) : tableOfOutcomes(outcomes);
      stdout.write(lines.map(display.line).join(''));
      assertAllWell(outcomes);
      return EXIT.ok;
    }
    case 'status': {
      const { outcomes, standing } = await lookBySsh(options, 'status');
      const lines = request.json ? outcomesToJson(outcomes, standing) : tableOfSeen(outcomes, standing);
      stdout.write(lines.map(display.line).join(''));
      assertAllWell(outcomes);
      return EXIT.ok;
    }
    case 'logs': {
      const { outcomes } = await lookBySsh(options, 'logs');
      for (const outcome of outcomes.values())
        if (outcome.kind === 'seen') stdout.write(outcome.facts.log.map(display.line).join(''));
      assertAllWell(outcomes);
      return EXIT.ok;
    }
  }
}
