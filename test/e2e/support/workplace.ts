import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type CliOptions, environment, startCli } from './cli.ts';
import { createFolder } from './folder.ts';
import { endProcessesWith, markOf, processesWith } from './processes.ts';
import { type Ended, type Program, startProgram } from './program.ts';

/** A folder of one test, and everything that it started there; both are gone after it. */
export interface Workplace {
  /** Working directory of everything that is started here. */
  readonly folder: string;
  /** Options that every command of the program gets here, behind its name. */
  readonly where: readonly string[];
  /** Writes a file into the folder, and says where. */
  write(name: string, text: string): Promise<string>;
  /** Starts the built program. */
  start(words: readonly string[], options?: CliOptions): Program;
  end(words: readonly string[], options?: CliOptions): Promise<Ended>;
  /** Runs a playbook of these lines. */
  startRun(lines: readonly string[], words?: readonly string[], options?: CliOptions): Promise<Program>;
  run(lines: readonly string[], words?: readonly string[], options?: CliOptions): Promise<Ended>;
  /** Starts any other program. */
  program(file: string, args: readonly string[], input?: string): Program;
  /** Command lines of everything that runs because of this test. */
  processes(): readonly string[];
}

/**
 * @param where options that every command of the program gets
 * @param surroundings what the program is started with, unless a test says something else
 */
export async function createWorkplace(
  where: readonly string[] = [],
  surroundings: CliOptions = {},
): Promise<Workplace> {
  const mark = markOf(randomUUID());
  const folder = await createFolder();
  // The last thing done: what was started here has been asked to end by then, or is cleaning up after the dead.
  onTestFinished(async () => {
    await endProcessesWith(mark);
    await rm(folder, { recursive: true });
  });

  const endedWithTest = (started: Program): Program => {
    onTestFinished(() => started.stop());
    return started;
  };

  const start: Workplace['start'] = ([command = '', ...words], options = {}) =>
    endedWithTest(
      startCli([command, ...where, ...words], {
        cwd: folder,
        ...surroundings,
        ...options,
        env: { ...mark, TMPDIR: folder, ...surroundings.env, ...options.env },
      }),
    );

  const write: Workplace['write'] = async (name, text) => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  };

  const startRun: Workplace['startRun'] = async (lines, words = [], options) => {
    await write('playbook', `${lines.join('\n')}\n`);
    return start(['run', ...words], options);
  };

  return {
    folder,
    where,
    write,
    start,
    end: (words, options) => start(words, options).ended,
    startRun,
    run: async (lines, words, options) => (await startRun(lines, words, options)).ended,
    program: (file, args, input) =>
      endedWithTest(startProgram(file, args, { cwd: folder, env: environment(mark), input })),
    processes: () => processesWith(mark).map(({ commandLine }) => commandLine),
  };
}
