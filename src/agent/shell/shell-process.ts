import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { AppError, errorMessage } from '../../base/index.ts';
import { createFifos, FifoWriter } from './fifo.ts';
import { encodeCommand, type RELEASE, type TAKE_BACK } from './framing.ts';

interface ShellProcessOptions {
  readonly bash: string;
  /** The shell's private directory, with the prelude, the control FIFO and an empty file in it. */
  readonly directory: string;
  /** Distinguishes this bash from those before it. */
  readonly generation: number;
  readonly scriptFile: string;
  /** File with the variables of the shell before this one. */
  readonly snapshot: string | undefined;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where output outside any command goes: open file descriptors, which stay the caller's. */
  readonly stdout: number;
  readonly stderr: number;
}

/** One bash that runs the prelude. */
export interface ShellProcess {
  readonly pid: number;
  /** Resolves with the exit code, 128 + n after signal n, when the process is gone. */
  readonly ended: Promise<number>;
  isAlive(): boolean;
  send(words: readonly string[]): void;
  /** To a function that waits for its instant. */
  answer(byte: typeof TAKE_BACK | typeof RELEASE): void;
  /** Does nothing once the process is gone. */
  signal(signal: NodeJS.Signals): void;
}

/** @throws AppError SHELL_UNAVAILABLE when there is no such bash */
export async function startShellProcess(options: ShellProcessOptions): Promise<ShellProcess> {
  const { bash, directory, generation, scriptFile, snapshot = '' } = options;
  // New for each bash: one that hangs cannot take the commands of the next.
  const commands = join(directory, `commands${generation}`);
  await createFifos([commands]);
  const input = openSync(join(directory, 'empty'), 'r');
  const child = spawn(
    bash,
    ['--noprofile', '--norc', join(directory, 'prelude.sh'), directory, commands, scriptFile, snapshot],
    {
      cwd: options.workingDirectory,
      env: options.environment,
      // Its own session: a Ctrl-C for the agent is not one for the node's work.
      detached: true,
      stdio: [input, options.stdout, options.stderr],
    },
  );
  closeSync(input);
  const pid = child.pid ?? (await spawnFailure(child, bash, options.workingDirectory));
  const writer = new FifoWriter(commands);
  return {
    pid,
    ended: exitCode(child).finally(() => writer.close()),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    send: (words) => writer.write(encodeCommand(words)),
    answer: (byte) => writer.write(Buffer.from(byte)),
    signal: (signal) => {
      child.kill(signal);
    },
  };
}

async function spawnFailure(child: ChildProcess, bash: string, workingDirectory: string): Promise<never> {
  const [cause] = await once(child, 'error').catch((thrown: unknown) => [thrown]);
  throw new AppError(
    'SHELL_UNAVAILABLE',
    `${bash} cannot be started in ${workingDirectory}: ${errorMessage(cause)}`,
    {
      hint: 'Install bash 4.3 or newer (Debian: apt-get install bash) and see that it is in PATH.',
      cause,
    },
  );
}

async function exitCode(child: ChildProcess): Promise<number> {
  const [code, signal]: [number | null, NodeJS.Signals | null] = await new Promise((resolve) => {
    child.once('exit', (...end) => resolve(end));
  });
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
