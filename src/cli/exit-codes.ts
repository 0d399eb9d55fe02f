import type { ErrorCode } from '../base/index.ts';
import type { Verdict } from '../events/index.ts';

/** What the shell gets to know about how it went. Part of the product: CI jobs branch on these numbers. */
export const EXIT = {
  ok: 0,
  /** A step failed. */
  failed: 1,
  /** The command line, the configuration, the playbook or this machine has to be changed first. */
  usage: 2,
  /** A wait ran out of time. */
  timedOut: 3,
  /** A node was unreachable, was lost, or is busy with another run. */
  unreachable: 4,
  /** The broker cannot be reached, or refuses. */
  broker: 5,
  /** An agent could not be brought to a host, or did not come up there. */
  deploy: 6,
  /** A bug of ours. */
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Total by its type: a new error code does not compile until it has an exit code. */
export const EXIT_CODE_OF: Readonly<Record<ErrorCode, ExitCode>> = {
  USAGE: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  PLAYBOOK_UNREADABLE: EXIT.usage,
  PLAYBOOK_INVALID: EXIT.usage,
  NOT_AVAILABLE: EXIT.usage,
  INVENTORY_UNREADABLE: EXIT.usage,
  INVENTORY_INVALID: EXIT.usage,
  PROGRAM_MISSING: EXIT.usage,
  DEPLOY_FAILED: EXIT.deploy,
  NODE_SCRIPT_MISSING: EXIT.usage,
  LISTEN_FAILED: EXIT.usage,
  FILE_UNWRITABLE: EXIT.usage,
  SHELL_UNAVAILABLE: EXIT.usage,
  NAME_TAKEN: EXIT.usage,
  NO_NODES: EXIT.unreachable,
  BROKER_UNREACHABLE: EXIT.broker,
  BROKER_REFUSED: EXIT.broker,
  BROKER_PERMISSION: EXIT.broker,
};

export const EXIT_CODE_OF_VERDICT: Readonly<Record<Verdict, ExitCode>> = {
  passed: EXIT.ok,
  failed: EXIT.failed,
  'timed-out': EXIT.timedOut,
  unreachable: EXIT.unreachable,
  'broker-lost': EXIT.broker,
  interrupted: EXIT.interrupted,
};
