import { Command } from 'commander';
import type { Select } from '../context.ts';
import { addConnectionOptions, addRepeatableOption, settingsRequest } from '../options.ts';
import type { AgentRequest } from './agent-action.ts';

/** Beside the user, as the original's agent does it. */
const DEFAULT_FUNCTIONS = 'functions.sh';

export function addAgentCommand(program: Command, select: Select): void {
  const command = new Command('agent').copyInheritedSettings(program);
  declareAgent(command, select, 'orchestrate agent');
  program.addCommand(command);
}

/** @param call how it is called, for the example */
export function declareAgent(command: Command, select: Select, call: string): void {
  command.description('be the agent of a node: run its node script on command');
  command.requiredOption('--name <name>', 'the node');
  addRepeatableOption(command, '--group <group>', 'a group that the node belongs to; repeatable');
  command.option('--functions <file>', `the node script (default: ./${DEFAULT_FUNCTIONS})`);
  command.option('--session-file <file>', 'holds pid and session while the agent lives');
  addConnectionOptions(command);
  command.action(() => {
    const options = command.optsWithGlobals<{
      name: string;
      group?: readonly string[];
      functions?: string;
      sessionFile?: string;
    }>();
    const request: AgentRequest = {
      name: options.name,
      groups: options.group ?? [],
      functionsFile: options.functions ?? DEFAULT_FUNCTIONS,
      sessionFile: options.sessionFile,
      settings: settingsRequest(command),
    };
    select(async (context) => {
      const { agentAction } = await import('./agent-action.ts');
      return agentAction(request, context);
    });
  });
  command.addHelpText(
    'after',
    `\nExample:\n  ${call} --name node1 --group clients -m 192.168.1.10 --functions node-scripts/default/functions.sh`,
  );
}
