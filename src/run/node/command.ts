import type { CommandEnd } from '../../events/index.ts';
import { type ReplyOf, splitWords } from '../../protocol/index.ts';

/** What is known of a command that is to begin at an instant. */
export interface Arming {
  /** Its node has what it needs before a command: the instant may be chosen. */
  isPrepared: boolean;
  /** The agent has it and waits for the confirmation; so many milliseconds were left when it came. */
  leftMs: number | undefined;
  /** The agent's answer when too little was left. */
  late: string | undefined;
  /** From the first confirmation on it may begin, whatever is heard. */
  mayBegin: boolean;
  /** Why the agent did not take the confirmation. */
  unconfirmed: string | undefined;
  /** Why this run has taken it back. */
  takenBack: string | undefined;
  /** When its function began, as the agent says. */
  fired: Pick<ReplyOf<'fired'>, 'startedMs' | 'uncertaintyMs' | 'stampedBy'> | undefined;
}

/** A message to a node, from the SEND to its end. */
export interface Command {
  readonly id: string;
  /** As written in the playbook. */
  readonly text: string;
  readonly verb: string;
  readonly args: readonly string[];
  phase: 'waiting' | 'sent' | 'acknowledged' | 'ended';
  /** When it was given to the node machine, and when it goes unacknowledged for too long. */
  readonly since: number;
  ackDeadline: number;
  /** When it is sent again unless it is acknowledged. */
  resendAt: number;
  /** The session that it went to as an envelope; undefined for plain text. */
  session: string | undefined;
  /** The session of an agent that reads plain text only and was alive when it went out. */
  textSession: string | undefined;
  /** The node's last seq when it was sent: what the node said after that may be meant by it. */
  sinceSeq: number;
  /** Statuses reported about it, each once, the latest last. */
  readonly statuses: Set<string>;
  end: CommandEnd | undefined;
  /** How many bytes a SENDFILE sent, as the agent says. */
  bytes: number | undefined;
  /** Why it did not end well. */
  reason: string;
  /** The node is held by another run, or this one has lost it. */
  busy: boolean;
  /** A later STOP or TERMINATE of this run was to end it. */
  stoppedByRun: boolean;
  /** A WAITFOR … FAILED met it: then its failure does not fail the run. */
  failureExpected: boolean;
  /** Another one took its place before it could begin: what became of it is nobody's concern. */
  superseded: boolean;
  /** Of a command that is to begin at an instant. */
  readonly arming: Arming | undefined;
}

export function createCommand(id: string, text: string, now: number, ackTimeoutMs: number): Command {
  const [verb = '', ...args] = splitWords(text);
  return {
    id,
    text,
    verb,
    args,
    phase: 'waiting',
    since: now,
    ackDeadline: now + ackTimeoutMs,
    resendAt: Number.POSITIVE_INFINITY,
    session: undefined,
    textSession: undefined,
    sinceSeq: 0,
    statuses: new Set(),
    end: undefined,
    bytes: undefined,
    reason: '',
    busy: false,
    stoppedByRun: false,
    failureExpected: false,
    superseded: false,
    arming: undefined,
  };
}

/** A command that goes out once its instant is known, and begins then. */
export function createArmedCommand(...parameters: Parameters<typeof createCommand>): ArmedCommand {
  const arming: Arming = {
    isPrepared: false,
    leftMs: undefined,
    late: undefined,
    mayBegin: false,
    unconfirmed: undefined,
    takenBack: undefined,
    fired: undefined,
  };
  return { ...createCommand(...parameters), arming };
}

export type ArmedCommand = Command & { readonly arming: Arming };

/** Of one command's statuses so many are kept, the latest: enough for any script, and an end to a runaway one. */
const MOST_STATUSES = 500;

export function recordStatus(command: Command, text: string): void {
  const { statuses } = command;
  statuses.delete(text);
  statuses.add(text);
  const [oldest] = statuses;
  if (statuses.size > MOST_STATUSES && oldest !== undefined) statuses.delete(oldest);
}
