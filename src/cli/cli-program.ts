import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Interruption, listenForInterrupts } from './interrupts.ts';
import { assertNodeVersion } from './node-version.ts';
import { createOutput } from './output.ts';
import type { CommandLine } from './parse-command-line.ts';
import { formatError } from './render-error.ts';

/** One of the programs that this package has. */
export interface CliProgram {
  /** Major and minor of the oldest Node.js that it runs on. */
  readonly oldestNode: string;
  /** @throws AppError USAGE */
  parse(argv: readonly string[]): CommandLine;
}

/** Is the program of this process, and says how the process is to end. Never rejects. */
export async function runAsProcess(program: CliProgram, argv: readonly string[]): Promise<ExitCode> {
  const output = createOutput(process, process.env);
  process.on('uncaughtException', (thrown) => {
    output.stderr.write(formatError(thrown, { debug: true }).text);
    process.exit(EXIT.bug);
  });
  const code = await runInContext(program, argv, {
    output,
    environment: process.env,
    workingDirectory: process.cwd(),
    signal: listenForInterrupts(),
  });
  await Promise.all([output.stdout.flush(), output.stderr.flush()]);
  return code;
}

/** The whole program but its process: what the words ask for, done with what the context gives. Never rejects. */
export async function runInContext(
  { oldestNode, parse }: CliProgram,
  argv: readonly string[],
  context: CliContext,
): Promise<ExitCode> {
  let debug = false;
  try {
    assertNodeVersion(process.versions.node, oldestNode);
    const commandLine = parse(argv);
    debug = commandLine.debug;
    return await commandLine.invocation(context);
  } catch (thrown) {
    if (thrown instanceof Interruption) return EXIT.interrupted;
    const { text, exitCode } = formatError(thrown, { debug });
    context.output.stderr.write(text);
    return exitCode;
  }
}
