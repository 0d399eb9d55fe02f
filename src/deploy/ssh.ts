import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, type Clock } from '../base/index.ts';
import { type ProgramEnd, runProgram } from '../process/index.ts';
import { explainFarFailure } from './far-failure.ts';
import { decodeFarLines, type FarLine } from './far-lines.ts';
import { type FarProgram, type FarValues, farCommand, farInput } from './far-program.ts';
import { HostFailure, type Target } from './model.ts';
import { type SshSettings, sshWords } from './ssh-command.ts';
import { explainSshFailure, loginOf } from './ssh-failure.ts';

export interface FarCall {
  readonly program: FarProgram;
  readonly values: FarValues;
  readonly more?: Uint8Array;
  /** What is worked on there, for messages. */
  readonly place: string;
  readonly timeoutMs: number;
}

/** Programs on hosts, through the ssh of this machine. */
export interface Ssh {
  /** @throws HostFailure with why it did not work */
  call(target: Target, call: FarCall): Promise<readonly FarLine[]>;
  /** Ends the connections that were kept for the next call. Never rejects. */
  close(): Promise<void>;
}

interface SshOptions {
  /** Instead of the user's `~/.ssh/config`. */
  readonly configFile: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const CONNECT_TIMEOUT_SECONDS = 10;
const CLOSE_TIMEOUT_MS = 3000;

export function createSsh({ configFile, clock, signal }: SshOptions): Ssh {
  // Short, since the path of a socket has room for a hundred characters; and nobody else's.
  const sockets = mkdtempSync(join(tmpdir(), 'orch-'));
  const settings: SshSettings = {
    configFile,
    controlPath: join(sockets, '%C'),
    connectTimeoutSeconds: CONNECT_TIMEOUT_SECONDS,
  };
  const called = new Map<string, Target>();

  return {
    async call(target, { program, values, more, place, timeoutMs }) {
      const words = sshWords(target, settings);
      called.set(words.join(' '), target);
      const end = await runProgram({
        file: 'ssh',
        args: [...words, farCommand(program)],
        input: farInput(values, more),
        timeoutMs,
        clock,
        signal,
      });
      return linesOf(end, { target, place, timeoutMs, configFile });
    },
    async close() {
      const over = new AbortController();
      const exits = [...called.values()].map((target) =>
        runProgram({
          file: 'ssh',
          args: ['-O', 'exit', ...sshWords(target, settings)],
          timeoutMs: CLOSE_TIMEOUT_MS,
          clock,
          signal: over.signal,
        }).catch(() => {}),
      );
      await Promise.all(exits);
      rmSync(sockets, { recursive: true, force: true });
    },
  };
}

interface CallContext extends Pick<FarCall, 'place' | 'timeoutMs'> {
  readonly target: Target;
  readonly configFile: string | undefined;
}

/** ssh's own exit code when it is ssh that failed. A far program that is under way ends with it when the link breaks. */
const SSH_FAILED = 255;

function linesOf(end: ProgramEnd, { target, place, timeoutMs, configFile }: CallContext): readonly FarLine[] {
  const login = loginOf(target, configFile);
  if (end.kind === 'not-started') {
    throw new AppError('PROGRAM_MISSING', 'ssh cannot be started', {
      hint: 'install it; on Debian: apt-get install openssh-client',
      cause: end.reason,
    });
  }
  const said = decodeFarLines(end.stdout);
  if (said.kind === 'complete') return said.lines;
  if (said.kind === 'failed') throw new HostFailure(explainFarFailure(said.reason, said.detail, place));
  if (end.kind === 'timed-out') {
    throw new HostFailure({
      kind: 'unreachable',
      detail: `it took longer than ${timeoutMs / 1000} s`,
      hint: `is it overloaded, or its link very slow? Try ${login}`,
    });
  }
  const ownFailure = end.kind === 'exited' && end.code === SSH_FAILED;
  if (ownFailure) throw new HostFailure(explainSshFailure(end.stderr, target, login));
  const how = end.kind === 'exited' ? `exit code ${end.code}` : `killed by ${end.by}`;
  const words = (end.stderr.trim() || end.stdout.trim()).split('\n').at(-1) ?? '';
  throw new HostFailure({
    kind: 'far-shell',
    detail: `the shell there did not run what it was given (${[how, words].filter(Boolean).join(': ')})`,
    hint: `a shell such as bash, dash, ash or zsh must run commands for ${login}`,
  });
}
