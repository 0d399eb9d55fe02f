import { Command, CommanderError } from 'commander';
import { AppError, suggest } from '../base/index.ts';
import { addAgentCommand } from './commands/agent.ts';
import { addBrokerCommand } from './commands/broker.ts';
import { addCheckCommand } from './commands/check.ts';
import { addConfigCommand } from './commands/config.ts';
import { addNodesCommand } from './commands/nodes.ts';
import { addRunCommand, declareRun } from './commands/run.ts';
import { addSendCommand } from './commands/send.ts';
import type { Invocation, Select } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { VERSION } from './version.ts';

interface CommandLine {
  readonly invocation: Invocation;
  readonly debug: boolean;
}

/**
 * What the words of a command line ask for. Nothing is done yet, and nothing is printed: `--help` and `--version` are
 * invocations like the others.
 * @throws AppError USAGE when the words make no sense.
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  let invocation: Invocation | undefined;
  let text = '';
  const program = createProgram(
    (selected) => {
      invocation = selected;
    },
    (piece) => {
      text += piece;
    },
  );
  try {
    program.parse(separateOptionalValues(argv, program), { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode !== 0) throw usageError(thrown, program);
  }
  return {
    invocation: invocation ?? printed(text),
    debug: argv.includes('-d') || argv.includes('--debug'),
  };
}

/** The whole program, declared: names, options and help of every command. */
function createProgram(select: Select, print: (text: string) => void): Command {
  const program = new Command('orchestrate')
    .description('Runs playbooks against agents on many machines over one MQTT broker.')
    .usage('[options]\n       orchestrate <command> [options]')
    .version(VERSION)
    // An option behind a command's name is that command's: each takes what it understands, and no more.
    .enablePositionalOptions()
    .configureOutput({ writeOut: print, outputError() {} })
    .exitOverride();
  declareRun(program, select);
  program.hook('preAction', (_, command) => refuseForeignOptions(program, command));
  const add = [
    addRunCommand,
    addCheckCommand,
    addAgentCommand,
    addBrokerCommand,
    addNodesCommand,
    addSendCommand,
    addConfigCommand,
  ];
  for (const addCommand of add) addCommand(program, select);
  return program;
}

/** `orchestrate -p x nodes`: options before the command's name are shared, so one that it does not have is a mistake. */
function refuseForeignOptions(program: Command, command: Command): void {
  const known = new Set(command.options.map((option) => option.attributeName()));
  for (const option of program.options) {
    const name = option.attributeName();
    if (program.getOptionValueSource(name) === 'cli' && !known.has(name)) {
      throw new AppError('USAGE', `${option.flags} is not an option of ${command.name()}`, {
        hint: `orchestrate ${command.name()} --help`,
      });
    }
  }
}

/** `-a check FILE`: an option with an optional value would take the command's name for it. */
function separateOptionalValues(argv: readonly string[], program: Command): string[] {
  const commands = new Set(program.commands.map((command) => command.name()));
  const optional = program.options.filter((option) => option.optional);
  return argv.map((word, index) => {
    const option = optional.find(({ short, long }) => word === short || word === long);
    return option && commands.has(argv[index + 1] ?? '') ? `${option.long}=` : word;
  });
}

/** Commander's complaint in our words; where it means a command that does not exist, that is said instead. */
function usageError(error: CommanderError, program: Command): AppError {
  const [first] = program.args;
  const names = program.commands.map((command) => command.name());
  if (first !== undefined && !first.startsWith('-') && !names.includes(first)) {
    const meant = suggest(first, names);
    return new AppError('USAGE', `unknown command '${first}'`, {
      hint: meant
        ? `did you mean ${meant}?`
        : `the commands are ${names.join(', ')}; a playbook is given with -p FILE`,
    });
  }
  const command = first !== undefined && names.includes(first) ? ` ${first}` : '';
  const [message = '', meant] = error.message.replace(/^error: /, '').split('\n');
  return new AppError('USAGE', message, {
    hint: meant ? meant.replace(/^\((.*)\)$/, '$1').replace('Did', 'did') : `orchestrate${command} --help`,
  });
}

function printed(text: string): Invocation {
  return async ({ output }) => {
    output.stdout.write(text);
    return EXIT.ok;
  };
}
