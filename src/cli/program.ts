import { Command } from 'commander';
import { AppError } from '../base/index.ts';
import { addAgentCommand } from './commands/agent.ts';
import { addBrokerCommand } from './commands/broker.ts';
import { addCheckCommand } from './commands/check.ts';
import { addClocksCommand } from './commands/clocks.ts';
import { addConfigCommand } from './commands/config.ts';
import { addDeployCommand } from './commands/deploy.ts';
import { addNodesCommand } from './commands/nodes.ts';
import { addPreflightCommand } from './commands/preflight.ts';
import { addRunCommand, declareRun } from './commands/run.ts';
import { addRunsCommand } from './commands/runs.ts';
import { addSendCommand } from './commands/send.ts';
import type { Select } from './context.ts';
import { VERSION } from './version.ts';

/** The whole program, declared: names, options and help of every command. */
export function createProgram(select: Select): Command {
  const program = new Command('orchestrate')
    .description('Runs playbooks against agents on many machines over one MQTT broker.')
    .usage('[options]\n       orchestrate <command> [options]')
    .version(VERSION)
    // An option behind a command's name is that command's: each takes what it understands, and no more.
    .enablePositionalOptions();
  declareRun(program, select);
  program.hook('preAction', (_, command) => refuseForeignOptions(command));
  const add = [
    addRunCommand,
    addCheckCommand,
    addPreflightCommand,
    addAgentCommand,
    addBrokerCommand,
    addDeployCommand,
    addNodesCommand,
    addClocksCommand,
    addSendCommand,
    addRunsCommand,
    addConfigCommand,
  ];
  for (const addCommand of add) addCommand(program, select);
  return program;
}

/** `orchestrate -p x nodes`: options before a command's name are shared, so one that it does not have is a mistake. */
function refuseForeignOptions(command: Command): void {
  const known = new Set(command.options.map((option) => option.attributeName()));
  const name = nameOf(command);
  for (let outer = command.parent; outer; outer = outer.parent) {
    for (const option of outer.options) {
      const isGiven = outer.getOptionValueSource(option.attributeName()) === 'cli';
      if (isGiven && !known.has(option.attributeName())) {
        throw new AppError('USAGE', `${option.flags} is not an option of ${name}`, {
          hint: `orchestrate ${name} --help`,
        });
      }
    }
  }
}

/** `broker check`, without the program's own. */
function nameOf(command: Command): string {
  const outer = command.parent?.parent ? `${nameOf(command.parent)} ` : '';
  return outer + command.name();
}
