/**
 * Every reason for which the program cannot do what it was asked, once, with what a person is told first.
 * `docs/reference/errors.md` explains each code; a test ties the two together.
 */
export const ERROR_CODES = {
  USAGE: 'the command line is wrong',
  CONFIG_INVALID: 'the configuration is wrong',
  PLAYBOOK_UNREADABLE: 'the playbook file cannot be read',
  PLAYBOOK_INVALID: 'the playbook has errors',
  NOT_AVAILABLE: 'this is not available in this version',
  INVENTORY_UNREADABLE: 'the inventory cannot be read',
  INVENTORY_INVALID: 'the inventory has errors',
  PROGRAM_MISSING: 'a program that is needed here is missing',
  DEPLOY_FAILED: 'the agents did not all come up',
  NODE_SCRIPT_MISSING: 'no node script was found',
  NO_NODES: 'the playbook ends up with no node',
  BROKER_UNREACHABLE: 'the broker cannot be reached',
  BROKER_REFUSED: 'the broker refuses the connection',
  BROKER_PERMISSION: 'the broker does not deliver what it accepts',
  LISTEN_FAILED: 'a port cannot be listened on',
  FILE_UNWRITABLE: 'a file cannot be written',
  SHELL_UNAVAILABLE: 'bash is missing or too old',
  NAME_TAKEN: 'another agent has this name',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

interface AppErrorOptions {
  /** What the person can do next, as one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** Thrown once, where it is known that the request cannot be met; printed in one place, by the CLI. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/** The text of anything that was thrown; never throws itself. */
export function errorMessage(thrown: unknown): string {
  // A host with several addresses, none of which answers, is an AggregateError without a text of its own.
  const several = thrown instanceof AggregateError && thrown.message === '' ? thrown.errors : [];
  return several.map(ownText).join('; ') || ownText(thrown);
}

function ownText(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  try {
    return String(thrown);
  } catch {
    return 'something that has no text was thrown';
  }
}
