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
}

/** The program in this process: everything but the process's own streams, environment and signals. */
export async function runInProcess(argv: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  const { environment = {}, workingDirectory = '/', signal = new AbortController().signal } = surroundings;
  const stdout = collect();
  const stderr = collect();
  const output = { stdout: stdout.writer, stderr: stderr.writer };
  const code = await runCommandLine(argv, { output, environment, workingDirectory, signal });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(): { readonly writer: Writer; text(): string } {
  let all = '';
  return {
    text: () => all,
    writer: {
      isTerminal: false,
      hasColour: false,
      columns: undefined,
      async flush() {},
      write(text) {
        all += text;
      },
    },
  };
}
