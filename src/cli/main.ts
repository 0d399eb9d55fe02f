import { type CliProgram, runAsProcess, runInContext } from './cli-program.ts';
import type { CliContext } from './context.ts';
import type { ExitCode } from './exit-codes.ts';
import { parseCommandLine } from './parse-command-line.ts';
import { createProgram } from './program.ts';

const ORCHESTRATE: CliProgram = {
  oldestNode: '20.19',
  parse: (argv) => parseCommandLine(argv, createProgram),
};

/** `orchestrate`, with these words of the command line; says how the process is to end. Never rejects. */
export function main(argv: readonly string[]): Promise<ExitCode> {
  return runAsProcess(ORCHESTRATE, argv);
}

/** The same, but its process. Never rejects. */
export function runCommandLine(argv: readonly string[], context: CliContext): Promise<ExitCode> {
  return runInContext(ORCHESTRATE, argv, context);
}
