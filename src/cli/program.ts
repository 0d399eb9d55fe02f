import { Command, CommanderError } from 'commander';
import { AppError, suggest } from '../base/index.ts';
import { addAgentCommand } from './commands/agent.ts';
import { addBrokerCommand } from './commands/broker.ts';
import { addCheckCommand } from './commands/check.ts';
import { addClocksCommand } from './commands/clocks.ts';
import { addConfigCommand } from './commands/config.ts';
import { addDeployCommand } from './commands/deploy.ts';
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
  program.hook('preAction', (_, command) => refuseForeignOptions(command));
  const add = [
    addRunCommand,
    addCheckCommand,
    addAgentCommand,
    addBrokerCommand,
    addDeployCommand,
    addNodesCommand,
    addClocksCommand,
    addSendCommand,
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
  const [message = '', meant] = error.message.replace(/^error: /, '').split('\n');
  return new AppError('USAGE', message, {
    hint: meant
      ? meant.replace(/^\((.*)\)$/, '$1').replace('Did', 'did')
      : `${['orchestrate', ...commandsIn(program)].join(' ')} --help`,
  });
}

/** The names of commands at the head of the command line: those that were understood. */
function commandsIn(command: Command): readonly string[] {
  const inner = command.commands.find((each) => each.name() === command.args[0]);
  return inner ? [inner.name(), ...commandsIn(inner)] : [];
}

function printed(text: string): Invocation {
  return async ({ output }) => {
    output.stdout.write(text);
    return EXIT.ok;
  };
}
