import { spawn } from 'node:child_process';
import { type Clock, errorMessage } from '../../base/index.ts';

export interface BriefOptions {
  /** All of its environment. */
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDirectory: string;
  readonly clock: Clock;
  /** Ends the program with all it has started. */
  readonly signal: AbortSignal;
}

/** What became of a program. The texts are the first 64 KiB of each stream. */
export type BriefEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'killed'; readonly by: string }
  | { readonly kind: 'timed-out' }
  | { readonly kind: 'not-started'; readonly reason: string };

const MOST_KEPT = 65_536;
/** What a program has started may hold its streams for ever: so long they are heard. */
const DRAIN_MS = 250;

/**
 * Runs a program that has nothing to read and little to say, and kills it with all that has stayed in its process group
 * when its time is over. With no more than Node.js: this is in the agent's one file.
 * @throws the signal's reason
 */
export function runBriefly(
  file: string,
  args: readonly string[],
  timeoutMs: number,
  { environment, workingDirectory, clock, signal }: BriefOptions,
): Promise<BriefEnd> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(file, args, {
      cwd: workingDirectory,
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const texts = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        texts[stream] = (texts[stream] + text).slice(0, MOST_KEPT);
      });
    }
    let stopTimer = clock.setTimer(timeoutMs, () => settle(() => resolve({ kind: 'timed-out' })));
    const settle = (finish: () => void): void => {
      stopTimer();
      signal.removeEventListener('abort', onAbort);
      killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      finish();
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    signal.addEventListener('abort', onAbort);
    child.once('error', (error) =>
      settle(() => resolve({ kind: 'not-started', reason: errorMessage(error) })),
    );
    child.once('exit', (code, by) => {
      const end = (): void =>
        settle(() =>
          resolve(
            code === null ? { kind: 'killed', by: by ?? 'a signal' } : { kind: 'exited', code, ...texts },
          ),
        );
      stopTimer();
      stopTimer = clock.setTimer(DRAIN_MS, end);
      child.once('close', end);
    });
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left.
  }
}
