import { type Command, CommanderError } from 'commander';
import { AppError, suggest } from '../base/index.ts';
import type { Invocation, Select } from './context.ts';
import { EXIT } from './exit-codes.ts';

export interface CommandLine {
  readonly invocation: Invocation;
  readonly debug: boolean;
}

/**
 * What the words of a command line ask for. Nothing is done yet, and nothing is printed: `--help` and `--version` are
 * invocations like the others.
 * @param declare the whole program: names, options and help of every command
 * @throws AppError USAGE when the words make no sense.
 */
export function parseCommandLine(argv: readonly string[], declare: (select: Select) => Command): CommandLine {
  let invocation: Invocation | undefined;
  let text = '';
  const program = declare((selected) => {
    invocation = selected;
  });
  for (const command of withSubcommands(program)) {
    command
      .configureOutput({
        writeOut: (piece) => {
          text += piece;
        },
        outputError() {},
      })
      .exitOverride();
  }
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

function withSubcommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
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
  if (names.length > 0 && first !== undefined && !first.startsWith('-') && !names.includes(first)) {
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
      : `${[program.name(), ...commandsIn(program)].join(' ')} --help`,
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
