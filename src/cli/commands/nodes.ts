import { Command } from 'commander';
import type { Select } from '../context.ts';
import { addConnectionOptions, addSettingOptions, settingsRequest } from '../options.ts';
import type { NodesRequest } from './nodes-action.ts';

export function addNodesCommand(program: Command, select: Select): void {
  const command = new Command('nodes').copyInheritedSettings(program);
  command.description('show which nodes there are and how they are');
  command.option('--json', 'print an array of {node, state, session, ageMs, version, groups}');
  addConnectionOptions(command);
  addSettingOptions(command, ['brokerTimeout']);
  command.action(() => {
    const { json = false } = command.optsWithGlobals<{ json?: boolean }>();
    const request: NodesRequest = { json, settings: settingsRequest(command) };
    select(async (context) => {
      const { nodesAction } = await import('./nodes-action.ts');
      return nodesAction(request, context);
    });
  });
  command.addHelpText('after', '\nExample:\n  orchestrate nodes -m 192.168.1.10');
  program.addCommand(command);
}
