import { inject } from 'vitest';
import { type Program, startProgram } from './program.ts';

export interface CliOptions {
  readonly cwd?: string;
  /** On top of what every process needs; nothing else of the surroundings comes through. */
  readonly env?: Readonly<Record<string, string>>;
  /** In front of the program: what enters namespaces. Default: nothing. */
  readonly within?: readonly string[];
}

/** The built program as a process, an agent as the one that the tests are about; whoever starts it ends it. */
export function startCli(words: readonly string[], { cwd, env, within = [] }: CliOptions = {}): Program {
  const [file = '', ...args] = [...within, ...commandOf(words)];
  return startProgram(file, args, { cwd, env: environment(env) });
}

function commandOf([command, ...words]: readonly string[]): readonly string[] {
  if (command !== 'agent')
    return [process.execPath, inject('program'), ...(command ? [command] : []), ...words];
  const agent = inject('agentCommand');
  if (!agent) throw new Error(inject('agentProblem'));
  return [...agent, ...words];
}

/** The same surroundings for every test, whatever the ones of the tests are. */
export function environment(more: CliOptions['env'] = {}): Record<string, string> {
  const { PATH = '', HOME = '/' } = process.env;
  return { PATH, HOME, LANG: 'C.UTF-8', USER: 'tester', ...more };
}
