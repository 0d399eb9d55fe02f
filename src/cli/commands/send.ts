import { Command } from 'commander';
import type { Select } from '../context.ts';
import { addConnectionOptions, addSettingOptions, settingsRequest, TIMING_OPTIONS } from '../options.ts';
import type { SendRequest } from './send-action.ts';

export function addSendCommand(program: Command, select: Select): void {
  const command = new Command('send').copyInheritedSettings(program);
  command.description('send one message, show the output, wait for the outcome');
  command.argument('<nodes>', 'node1,node[3:5], @group, @a&@b, !node1 or *');
  command.argument('<message...>', 'the verb and its arguments');
  // The message may hold words that begin with a dash: they are the script's.
  command.passThroughOptions();
  command.option('--take-over', 'stop what a run does on a node, instead of failing');
  addConnectionOptions(command);
  addSettingOptions(command, ['inventory', 'reporter', ...TIMING_OPTIONS]);
  command.action((nodes: string, words: string[]) => {
    const { takeOver = false } = command.optsWithGlobals<{ takeOver?: boolean }>();
    const request: SendRequest = { nodes, words, takeOver, settings: settingsRequest(command) };
    select(async (context) => {
      const { sendAction } = await import('./send-action.ts');
      return sendAction(request, context);
    });
  });
  command.addHelpText(
    'after',
    '\nExample:\n  orchestrate send node1,node2 START CLIENT 10.0.0.1 5201\n\nOptions stand before the nodes: every word behind them belongs to the message.',
  );
  program.addCommand(command);
}
