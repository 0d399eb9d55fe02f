import { StringDecoder } from 'node:string_decoder';
import { type Clock, errorMessage, sleep, withTimeout } from '../base/index.ts';

export interface ProgramRequest {
  /** A path, or a name that PATH has. */
  readonly file: string;
  /** Handed over as they are: no shell looks at them. */
  readonly args: readonly string[];
  /** What the program reads. Default: nothing. */
  readonly input?: string | Uint8Array;
  /** All of its environment. Default: that of this process. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly workingDirectory?: string;
  /** Default: as long as it takes. */
  readonly timeoutMs?: number;
  /** Called with each line as soon as it is there, without its end. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly clock: Clock;
  /** Ends the program with all it has started. */
  readonly signal: AbortSignal;
}

/** What became of a program. The texts are the last 1 MiB of each stream. */
export type ProgramEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** By a signal that did not come from us. */
  | { readonly kind: 'killed'; readonly by: string; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'timed-out'; readonly stdout: string; readonly stderr: string }
  /** There is no such program, or it may not be run. */
  | { readonly kind: 'not-started'; readonly reason: string };

const MOST_KEPT = 1024 * 1024;
/** What a program has started may hold its streams for ever (a master connection of ssh does): so long they are heard. */
const DRAIN_MS = 250;
const GRACE_MS = 2000;

/**
 * Runs a program to its end, in a process group of its own: a Ctrl-C of the terminal is ours to pass on.
 * @throws the signal's reason, once the program has ended
 */
export async function runProgram(request: ProgramRequest): Promise<ProgramEnd> {
  const { file, args, input, environment, workingDirectory, clock, signal, timeoutMs } = request;
  signal.throwIfAborted();
  // 80 ms to load: only whoever runs programs pays for it.
  const { execa } = await import('execa');
  const program = execa(file, args, {
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    ...(environment && { env: environment, extendEnv: false }),
    ...(workingDirectory !== undefined && { cwd: workingDirectory }),
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
  });
  const stdout = new Heard('stdout', request.onLine);
  const stderr = new Heard('stderr', request.onLine);
  program.stdout?.on('data', (chunk: Buffer) => stdout.take(chunk));
  program.stderr?.on('data', (chunk: Buffer) => stderr.take(chunk));
  if (program.pid === undefined) return { kind: 'not-started', reason: errorMessage((await program).cause) };
  const { pid } = program;
  const exit = new Promise<{ code: number | null; by: string | null }>((resolve) =>
    program.once('exit', (code, by) => resolve({ code, by })),
  );
  const closed = new Promise<void>((resolve) => program.once('close', () => resolve()));
  const killOnExit = (): void => signalGroup(pid, 'SIGKILL');
  process.once('exit', killOnExit);
  try {
    const ended = await untilEnd(exit, pid, { clock, signal, timeoutMs });
    await withTimeout(clock, closed, DRAIN_MS, () => {});
    const texts = { stdout: stdout.end(), stderr: stderr.end() };
    if (ended === 'timed-out') return { kind: 'timed-out', ...texts };
    if (ended.code !== null) return { kind: 'exited', code: ended.code, ...texts };
    return { kind: 'killed', by: ended.by ?? 'a signal', ...texts };
  } finally {
    process.removeListener('exit', killOnExit);
    program.stdout?.destroy();
    program.stderr?.destroy();
  }
}

interface EndOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
}

async function untilEnd<T>(
  exit: Promise<T>,
  pid: number,
  { clock, signal, timeoutMs }: EndOptions,
): Promise<T | 'timed-out'> {
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const limit =
    timeoutMs === undefined
      ? untilAborted(stop)
      : sleep(clock, timeoutMs, stop).then(
          () => 'timed-out' as const,
          () => 'aborted' as const,
        );
  try {
    const first = await Promise.race([exit, limit]);
    if (first !== 'timed-out' && first !== 'aborted') return first;
    signalGroup(pid, 'SIGTERM');
    await withTimeout(clock, exit, GRACE_MS, () => {});
    signalGroup(pid, 'SIGKILL');
    await exit;
    signal.throwIfAborted();
    return 'timed-out';
  } finally {
    over.abort();
  }
}

function untilAborted(signal: AbortSignal): Promise<'aborted'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('aborted');
    else signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
}

/** The program and all that has stayed in its group. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left.
  }
}

/** What one stream has said. */
class Heard {
  readonly #stream: 'stdout' | 'stderr';
  readonly #onLine: ProgramRequest['onLine'];
  readonly #decoder = new StringDecoder('utf8');
  #text = '';
  #line = '';

  constructor(stream: 'stdout' | 'stderr', onLine: ProgramRequest['onLine']) {
    this.#stream = stream;
    this.#onLine = onLine;
  }

  take(chunk: Buffer): void {
    this.#add(this.#decoder.write(chunk));
  }

  end(): string {
    this.#add(this.#decoder.end());
    if (this.#line !== '') this.#onLine?.(this.#line, this.#stream);
    this.#line = '';
    return this.#text;
  }

  #add(text: string): void {
    this.#text = (this.#text + text).slice(-MOST_KEPT);
    if (!this.#onLine) return;
    const lines = (this.#line + text).split('\n');
    // A line without an end must not grow for ever.
    this.#line = (lines.pop() ?? '').slice(-MOST_KEPT);
    for (const line of lines) this.#onLine(line.replace(/\r$/, ''), this.#stream);
  }
}
