import {
  CONFIRM_BEFORE_MS,
  type CommandEnvelope,
  LEAST_LEFT_MS,
  type ProtocolVerb,
} from '../../protocol/index.ts';
import type { Admission, Arrival, Refusal } from './admission.ts';
import type { Moment } from './agent-port.ts';
import type { CommandBook } from './command-book.ts';
import type { ArmedJob } from './jobs/armed-job.ts';
import { shownVerb, type Task, taskKind } from './task.ts';
import type { TaskLine } from './task-line.ts';
import type { Voice } from './voice.ts';

interface SyncDeskOptions {
  readonly admission: Admission;
  readonly book: CommandBook;
  readonly line: TaskLine;
  readonly voice: Voice;
}

type SyncVerb = Extract<ProtocolVerb, '_arm' | '_confirm' | '_cancel'>;
type Arrived = CommandEnvelope & Arrival;

/** An instant further ahead is a mistake, and would keep the node busy. */
export const MOST_LEFT_MS = 10 * 60_000;

/**
 * Arms commands, has them confirmed or takes them back: so that several nodes begin at one instant, or none of them.
 */
export class SyncDesk {
  readonly #options: SyncDeskOptions;

  constructor(options: SyncDeskOptions) {
    this.#options = options;
  }

  /** @param envelope of an id that is new here */
  take(verb: SyncVerb, envelope: Arrived, now: Moment): void {
    switch (verb) {
      case '_arm':
        this.#arm(envelope, now);
        return;
      case '_confirm':
        this.#confirm(envelope, now);
        return;
      case '_cancel':
        this.#cancel(envelope, now);
        return;
    }
  }

  /** `_arm <instant> <verb> <word>…`, in this agent's monotonic milliseconds: the command is done under the id of the `_arm`. */
  #arm(envelope: Arrived, now: Moment): void {
    const { admission, line, voice } = this.#options;
    const { id, run, args } = envelope;
    const [instant = '', verb = '', ...words] = args;
    const at = /^\d{1,12}(\.\d{1,9})?$/.test(instant) ? Number(instant) : Number.NaN;
    const task: Task = { kind: 'call', id, run, verb, args: words, at };
    if (!admission.admits(task, envelope, now, () => this.#refusalOf(task, at, now))) return;
    line.armed?.cancel('another _arm', now);
    voice.acknowledge(task, now.mono, at - now.mono);
    line.add(task, now);
  }

  #refusalOf({ verb, run }: Task, at: number, now: Moment): Refusal | undefined {
    const { line } = this.#options;
    const leftMs = at - now.mono;
    // Also when it is no number at all.
    if (!(leftMs <= MOST_LEFT_MS))
      return invalid('_arm needs an instant of this agent’s clock, at most 10 minutes ahead, and a verb');
    if (taskKind(verb) !== 'call')
      return invalid(`${shownVerb(verb)} cannot be armed: only START and the verbs of the node script can`);
    const { armed } = line;
    const occupant = line.occupant(
      armed?.isConfirmed === false && armed.task.run === run ? armed : undefined,
    );
    if (occupant !== undefined)
      return { refusal: 'not-ready', reason: `${shownVerb(occupant)} has not come to its end here` };
    if (!line.answers(verb)) return invalid(`the node script has no function for ${shownVerb(verb) || "''"}`);
    if (leftMs < LEAST_LEFT_MS) return { refusal: 'late', reason: lateReason(leftMs) };
    return undefined;
  }

  /** `_confirm <id>`: the command may begin. */
  #confirm({ id, run, args: [commandId = ''] }: Arrived, now: Moment): void {
    const { book, line, voice } = this.#options;
    book.begin(id);
    const armed = this.#armedOf(run, commandId);
    const isOver = line.armed?.task.id !== commandId && book.knows(commandId);
    if (armed?.confirm(now)) {
      voice.acknowledge({ id, run }, now.mono);
    } else if (armed || isOver) {
      const reason = `the command is no longer armed: it had to be confirmed ${CONFIRM_BEFORE_MS} ms before its instant`;
      voice.refuse({ id, run }, 'late', reason, now.mono);
    } else {
      voice.refuse({ id, run }, 'invalid', 'no such command is armed here', now.mono);
    }
    book.end(id, now.mono);
  }

  /** `_cancel [<id>]`: the command, or whatever this run has armed, is not to begin. There may be nothing to take back. */
  #cancel({ id, run, args: [commandId] }: Arrived, now: Moment): void {
    const { book, voice } = this.#options;
    book.begin(id);
    this.#armedOf(run, commandId)?.cancel('_cancel', now);
    voice.acknowledge({ id, run }, now.mono);
    book.end(id, now.mono);
  }

  /** @param commandId undefined: any */
  #armedOf(run: string | undefined, commandId: string | undefined): ArmedJob | undefined {
    const { armed } = this.#options.line;
    if (armed?.task.run !== run) return undefined;
    return commandId === undefined || armed?.task.id === commandId ? armed : undefined;
  }
}

function invalid(reason: string): Refusal {
  return { refusal: 'invalid', reason };
}

function lateReason(leftMs: number): string {
  const ms = Math.abs(Math.round(leftMs));
  return leftMs < 0
    ? `the instant was ${ms} ms ago`
    : `only ${ms} ms are left to the instant, at least ${LEAST_LEFT_MS} are needed`;
}
