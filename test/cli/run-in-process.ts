import { runCommandLine, type Writer } from '../../src/cli/index.ts';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Surroundings {
  readonly environment?: NodeJS.ProcessEnv;
  readonly workingDirectory?: string;
  readonly signal?: AbortSignal;
  /** Of the terminal that stderr is; default: it is none. */
  readonly columns?: number;
}

/** The program in this process: everything but the process's own streams, environment and signals. */
export async function runInProcess(argv: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  const {
    environment = {},
    workingDirectory = '/',
    signal = new AbortController().signal,
    columns,
  } = surroundings;
  const stdout = collect();
  const stderr = collect(columns);
  const output = { stdout: stdout.writer, stderr: stderr.writer };
  const code = await runCommandLine(argv, { output, environment, workingDirectory, signal });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(columns?: number): { readonly writer: Writer; text(): string } {
  let all = '';
  return {
    text: () => all,
    writer: {
      isTerminal: columns !== undefined,
      hasColour: false,
      columns,
      async flush() {},
      write(text) {
        all += text;
      },
    },
  };
}
