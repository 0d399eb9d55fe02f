import { AppError, errorMessage } from '../base/index.ts';
import { EXIT, EXIT_CODE_OF, type ExitCode } from './exit-codes.ts';

/** More is noise: the first cause or two are what a person can act on; `--debug` shows everything. */
const MOST_CAUSES = 3;

interface RenderedError {
  /** Lines for stderr, with the last line end. */
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** How anything that was thrown is told to the person, and which exit code it makes. */
export function formatError(thrown: unknown, options: { readonly debug: boolean }): RenderedError {
  return thrown instanceof AppError ? formatAppError(thrown, options.debug) : formatBug(thrown);
}

function formatAppError(error: AppError, debug: boolean): RenderedError {
  const lines = [`error: ${error.message}`, ...causesOf(error).map((cause) => `cause: ${cause}`)];
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  if (debug) lines.push(stackOf(error));
  return { text: `${lines.join('\n')}\n`, exitCode: EXIT_CODE_OF[error.code] };
}

/** What the message does not say already. */
function causesOf(error: AppError): readonly string[] {
  const causes: string[] = [];
  let said = error.message;
  let cause = error.cause;
  while (cause !== undefined && cause !== null && causes.length < MOST_CAUSES) {
    const text = errorMessage(cause);
    if (text !== '' && !said.includes(text)) {
      causes.push(text);
      said += `\n${text}`;
    }
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}

function formatBug(thrown: unknown): RenderedError {
  const lines = [
    `error: ${errorMessage(thrown)}`,
    stackOf(thrown),
    'This is a bug of mqtt-orchestrate. Please report it with the lines above, the version and the command line.',
  ];
  return { text: `${lines.join('\n')}\n`, exitCode: EXIT.bug };
}

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return '(no stack: something that is no Error was thrown)';
  const causes = thrown.cause === undefined ? '' : `\ncaused by ${stackOf(thrown.cause)}`;
  return `${thrown.stack ?? String(thrown)}${causes}`;
}
