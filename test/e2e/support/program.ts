import { once } from 'node:events';
import { execa } from 'execa';

export interface Ended {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What it reads; default: nothing. */
  readonly input?: string;
}

/** A process that a test started, with what it has printed so far. */
export interface Program {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: Promise<Ended>;
  /** The first match in what stdout, or stderr, has had so far or gets later; rejects when it does not come. */
  printed(pattern: RegExp, from?: number): Promise<RegExpExecArray>;
  complained(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL if that is not enough. */
  stop(): Promise<void>;
}

/** How long anything may take to be printed. */
const PATIENCE_MS = 30_000;
/** From SIGTERM to SIGKILL. */
const STUBBORN_MS = 10_000;

export function startProgram(file: string, args: readonly string[], options: ProgramOptions): Program {
  const { input } = options;
  const subprocess = execa(file, args, {
    ...options,
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    buffer: false,
    forceKillAfterDelay: STUBBORN_MS,
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
  });
  const { pid } = subprocess;
  if (pid === undefined) throw new Error(`${file} cannot be started`);
  const stdout = collect(subprocess.stdout);
  const stderr = collect(subprocess.stderr);
  const ended = subprocess.then(({ exitCode: code }) => {
    stdout.close();
    stderr.close();
    return { code, stdout: stdout.text, stderr: stderr.text };
  });
  const found = async (stream: Collected, pattern: RegExp, from: number): Promise<RegExpExecArray> => {
    const match = await stream.find(pattern, from);
    if (match) return match;
    const words = [file, ...args].join(' ');
    throw new Error(`${words}\nsaid this, but not ${pattern}:\n${stdout.text}${stderr.text}`);
  };

  return {
    pid,
    ended,
    get stdout() {
      return stdout.text;
    },
    get stderr() {
      return stderr.text;
    },
    printed: (pattern, from = 0) => found(stdout, pattern, from),
    complained: (pattern) => found(stderr, pattern, 0),
    signal: (name) => void subprocess.kill(name),
    async stop() {
      const isRunning = subprocess.exitCode === null && subprocess.signalCode === null;
      if (isRunning && subprocess.kill('SIGTERM')) await once(subprocess, 'exit');
      // Whoever else may hold its pipes is not waited for.
      subprocess.stdout.destroy();
      subprocess.stderr.destroy();
      await ended;
    },
  };
}

interface Collected {
  readonly text: string;
  /** Undefined when the stream ends without, or takes too long. */
  find(pattern: RegExp, from: number): Promise<RegExpExecArray | undefined>;
  close(): void;
}

function collect(stream: NodeJS.ReadableStream): Collected {
  const searches = new Set<() => void>();
  let text = '';
  let closed = false;
  const searchAgain = (): void => {
    for (const search of searches) search();
  };
  stream.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    searchAgain();
  });
  return {
    get text() {
      return text;
    },
    find: (pattern, from) =>
      new Promise((resolve) => {
        const settle = (match: RegExpExecArray | null): void => {
          clearTimeout(timer);
          searches.delete(search);
          resolve(match ?? undefined);
        };
        const search = (): void => {
          const match = pattern.exec(text.slice(from));
          if (match || closed) settle(match);
        };
        const timer = setTimeout(() => settle(null), PATIENCE_MS);
        searches.add(search);
        search();
      }),
    close() {
      closed = true;
      searchAgain();
    },
  };
}
