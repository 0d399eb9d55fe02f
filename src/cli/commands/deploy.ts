import { Command, InvalidArgumentError } from 'commander';
import { AppError } from '../../base/index.ts';
import type { Select } from '../context.ts';
import { addConnectionOptions, addSettingOptions, settingsRequest } from '../options.ts';
import type { DeployRequest } from './deploy-action.ts';

const DEFAULT_PARALLEL = 10;

export function addDeployCommand(program: Command, select: Select): void {
  const command = new Command('deploy').copyInheritedSettings(program);
  command.description('bring agents to the hosts of an inventory, and start them; stop or remove them');
  addSettingOptions(command, ['ssh', 'sshConfig', 'inventory']);
  command.option('--limit <nodes>', 'only these: node1,node2, node[1:20], @group, !node3 … (default: all)');
  command.option('--dry-run', 'look, and say what would be done');
  command.option('--stop', 'end the agents; they stay where they are');
  command.option('--remove', 'end the agents, and take away all that was brought');
  command.option('--status', 'show what is there and what runs');
  command.option('--logs <node>', 'show the end of what the agent of a node wrote');
  command.option('--install-service', 'as a service, which the host starts');
  command.option('--uninstall-service', 'end the agents, and take their services away');
  command.option('--take-over', 'also where a run holds the node');
  command.option('--parallel <count>', 'so many hosts at a time', parseCount, DEFAULT_PARALLEL);
  command.option('--max-failures <count>', 'begin no other host after so many failures', parseCount);
  command.option('--json', 'print the outcomes for programs');
  addConnectionOptions(command);
  addSettingOptions(command, ['brokerTimeout']);
  command.action(() => {
    const request = requestOf(command);
    select(async (context) => {
      const { deployAction } = await import('./deploy-action.ts');
      return deployAction(request, context);
    });
  });
  command.addHelpText(
    'after',
    '\nExamples:\n  orchestrate deploy --inventory inventory.yaml -m 192.168.1.10 --dry-run\n  orchestrate deploy --inventory inventory.yaml --limit @clients --remove',
  );
  program.addCommand(command);
}

interface GivenOptions {
  readonly limit?: string;
  readonly dryRun?: true;
  readonly stop?: true;
  readonly remove?: true;
  readonly status?: true;
  readonly logs?: string;
  readonly installService?: true;
  readonly uninstallService?: true;
  readonly takeOver?: true;
  readonly parallel: number;
  readonly maxFailures?: number;
  readonly json?: true;
}

function requestOf(command: Command): DeployRequest {
  const given = command.optsWithGlobals<GivenOptions>();
  return {
    work: workOf(given),
    limit: given.limit,
    dryRun: given.dryRun ?? false,
    takeOver: given.takeOver ?? false,
    parallel: given.parallel,
    maxFailures: given.maxFailures ?? Number.POSITIVE_INFINITY,
    json: given.json ?? false,
    settings: settingsRequest(command),
  };
}

function workOf(given: GivenOptions): DeployRequest['work'] {
  const { stop, remove, status, logs, installService, uninstallService } = given;
  const wanted: DeployRequest['work'][] = [
    ...(stop ? [{ kind: 'stop' as const }] : []),
    ...(remove ? [{ kind: 'remove' as const }] : []),
    ...(status ? [{ kind: 'status' as const }] : []),
    ...(logs === undefined ? [] : [{ kind: 'logs' as const, node: logs }]),
    ...(installService ? [{ kind: 'deploy' as const, asService: true }] : []),
    ...(uninstallService ? [{ kind: 'uninstall' as const }] : []),
  ];
  const [only = { kind: 'deploy' as const, asService: false }, ...more] = wanted;
  if (more.length === 0) return only;
  throw new AppError(
    'USAGE',
    'one of --stop, --remove, --status, --logs, --install-service and --uninstall-service at a time',
    { hint: 'orchestrate deploy --help' },
  );
}

function parseCount(text: string): number {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('A count is 1 to 9999.');
  return count;
}
