import { Command } from 'commander';
import type { Select } from '../context.ts';
import { addConnectionOptions, addLimitOption, addSettingOptions, settingsRequest } from '../options.ts';
import type { NodesRequest } from './nodes-action.ts';

export function addNodesCommand(program: Command, select: Select): void {
  const command = new Command('nodes').copyInheritedSettings(program);
  command.description('show which nodes there are and how they are; list or stop what nobody holds');
  command.option('--strays', 'list what runs although no run holds the node, and what killed agents left');
  command.option('--stop-strays', 'stop that, but no agent, and list what was ended');
  command.option('--json', 'print it for programs: docs/reference/cli.md has the form');
  addLimitOption(command);
  addConnectionOptions(command);
  addSettingOptions(command, ['inventory', 'brokerTimeout']);
  command.action(() => {
    const {
      json = false,
      strays = false,
      stopStrays = false,
      limit,
    } = command.optsWithGlobals<{ json?: boolean; strays?: boolean; stopStrays?: boolean; limit?: string }>();
    const request: NodesRequest = { json, limit, settings: settingsRequest(command) };
    select(async (context) => {
      if (strays || stopStrays) {
        const { straysAction } = await import('./strays-action.ts');
        return straysAction({ ...request, stop: stopStrays }, context);
      }
      const { nodesAction } = await import('./nodes-action.ts');
      return nodesAction(request, context);
    });
  });
  command.addHelpText(
    'after',
    '\nExamples:\n  orchestrate nodes -m 192.168.1.10\n  orchestrate nodes --stop-strays',
  );
  program.addCommand(command);
}
