import { Command } from 'commander';
import type { Select } from '../context.ts';
import { addConnectionOptions, addSettingOptions, settingsRequest } from '../options.ts';
import type { ClocksRequest } from './clocks-action.ts';

export function addClocksCommand(program: Command, select: Select): void {
  const command = new Command('clocks').copyInheritedSettings(program);
  command.description('measure the clocks of nodes against that of this machine, as a SYNC does');
  command.argument('[nodes...]', 'node1,node[3:5], @group, @a&@b, !node1 or * (default: everybody)');
  command.option('--json', 'print it for programs: docs/reference/cli.md has the form');
  command.option('--time <duration>', 'how long it may measure at most (default: 10s)');
  addConnectionOptions(command);
  addSettingOptions(command, ['inventory', 'brokerTimeout']);
  command.action((nodes: string[]) => {
    const { json = false, time } = command.optsWithGlobals<{ json?: boolean; time?: string }>();
    const request: ClocksRequest = { nodes, json, time, settings: settingsRequest(command) };
    select(async (context) => {
      const { clocksAction } = await import('./clocks-action.ts');
      return clocksAction(request, context);
    });
  });
  command.addHelpText(
    'after',
    '\nExamples:\n  orchestrate clocks -m 192.168.1.10\n  orchestrate clocks @clients server1 --time 30s',
  );
  program.addCommand(command);
}
