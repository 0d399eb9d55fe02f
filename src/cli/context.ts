import type { ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';

/** What a command may touch of the process it runs in. Nothing below cli/ reads the environment or prints. */
export interface CliContext {
  readonly output: Output;
  readonly environment: NodeJS.ProcessEnv;
  /** Relative paths that the user gives start here. */
  readonly workingDirectory: string;
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP; a second one but SIGHUP ends the process at once. */
  readonly signal: AbortSignal;
}

/** What a command line asks for, ready to be performed. */
export type Invocation = (context: CliContext) => Promise<ExitCode>;

/** How a declared command says that it is the one that was asked for. */
export type Select = (invocation: Invocation) => void;
