import { inject } from 'vitest';
import { type Program, startProgram } from './program.ts';

export interface CliOptions {
  readonly cwd?: string;
  /** On top of what every process needs; nothing else of the surroundings comes through. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The built program as a process; whoever starts it ends it. */
export function startCli(words: readonly string[], { cwd, env }: CliOptions = {}): Program {
  return startProgram(process.execPath, [inject('program'), ...words], { cwd, env: environment(env) });
}

/** The same surroundings for every test, whatever the ones of the tests are. */
export function environment(more: CliOptions['env'] = {}): Record<string, string> {
  const { PATH = '', HOME = '/' } = process.env;
  return { PATH, HOME, LANG: 'C.UTF-8', USER: 'tester', ...more };
}
