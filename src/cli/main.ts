import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { Interruption, listenForInterrupts } from './interrupts.ts';
import { assertNodeVersion } from './node-version.ts';
import { createOutput } from './output.ts';
import { parseCommandLine } from './program.ts';
import { formatError } from './render-error.ts';

/** Runs the program with these words of the command line, and says how the process is to end. Never rejects. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  const output = createOutput(process, process.env);
  process.on('uncaughtException', (thrown) => {
    output.stderr.write(formatError(thrown, { debug: true }).text);
    process.exit(EXIT.bug);
  });
  const code = await runCommandLine(argv, {
    output,
    environment: process.env,
    workingDirectory: process.cwd(),
    signal: listenForInterrupts(),
  });
  await Promise.all([output.stdout.flush(), output.stderr.flush()]);
  return code;
}

/** The whole program but its process: what the words ask for, done with what the context gives. Never rejects. */
export async function runCommandLine(argv: readonly string[], context: CliContext): Promise<ExitCode> {
  let debug = false;
  try {
    assertNodeVersion(process.versions.node);
    const commandLine = parseCommandLine(argv);
    debug = commandLine.debug;
    return await commandLine.invocation(context);
  } catch (thrown) {
    if (thrown instanceof Interruption) return EXIT.interrupted;
    const { text, exitCode } = formatError(thrown, { debug });
    context.output.stderr.write(text);
    return exitCode;
  }
}
