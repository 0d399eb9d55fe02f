import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';

export interface ShellProgram {
  readonly child: ChildProcess;
  readonly folder: string;
  /** The lines of JSON so far. */
  readonly facts: unknown[];
  /** Resolves when the program has said this. */
  readonly until: (fact: string) => Promise<void>;
  readonly ended: Promise<number | null>;
  readonly pidIn: (file: string) => number;
}

/**
 * Starts the fixture with a script of these lines and lets it run the functions.
 * @param launcher a command that is to start it
 */
export async function startShellProgram(
  script: string,
  functions: readonly string[],
  launcher: readonly string[] = [],
): Promise<ShellProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'shell-program-'));
  chmodSync(folder, 0o777);
  const program = join(folder, 'program.mjs');
  const scriptFile = join(folder, 'functions.sh');
  writeFileSync(scriptFile, script);
  await build({
    entryPoints: [fileURLToPath(new URL('fixtures/shell-program.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    loader: { '.sh': 'text' },
    logLevel: 'error',
  });
  const [command = '', ...args] = [...launcher, process.execPath, program, scriptFile, folder, ...functions];
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: folder });
  const ended = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  const facts: unknown[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => facts.push(JSON.parse(line)));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    child,
    folder,
    facts,
    until: (fact) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (facts.includes(fact)) resolve();
        };
        lines.on('line', look);
        lines.once('close', () => reject(new Error(`the program ended without "${fact}"`)));
        look();
      }),
    ended,
    pidIn: (file) => Number(readFileSync(join(folder, file), 'utf8')),
  };
}
