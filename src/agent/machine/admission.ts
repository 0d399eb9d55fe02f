import { type CommandEnvelope, isStoppingVerb, type ReplyOf } from '../../protocol/index.ts';
import type { Moment } from './agent-port.ts';
import type { CommandBook } from './command-book.ts';
import type { LeaseHolder } from './lease-holder.ts';
import { shownVerb, type Task } from './task.ts';
import type { TaskLine } from './task-line.ts';
import type { Voice } from './voice.ts';

interface AdmissionOptions {
  /** Of this agent. */
  readonly session: string;
  readonly book: CommandBook;
  readonly voice: Voice;
  readonly line: TaskLine;
  readonly lease: LeaseHolder;
}

/** How a command came. */
export type Arrival = Pick<CommandEnvelope, 'session' | 'ttlMs'> & { readonly ageMs: number };
export type Refusal = Pick<Extract<ReplyOf<'ack'>, { accepted: false }>, 'refusal' | 'reason'>;

/** Lets a command in once, if it is new, meant for this session, fresh, and nobody's turn but its own. */
export class Admission {
  readonly #options: AdmissionOptions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
  }

  /** Answers a known id with what was said about it. */
  isRepeat(id: string, run: string | undefined, now: Moment): boolean {
    const { book, voice } = this.#options;
    if (!book.knows(id)) return false;
    const isAnswered = voice.replayAbout(id).some(({ kind }) => kind === 'result' || kind === 'ack');
    if (!isAnswered && !book.isUnfinished(id)) {
      const stderr = 'it came to its end, but what came of it is no longer known here';
      voice.result({ id, run }, { outcome: 'lost', stderr }, now.mono);
    }
    return true;
  }

  /**
   * Takes note of a new command, and answers it if it is not to be done; an admitted one is the caller's to answer.
   * @param furtherRefusal asked last, for what only some commands need
   */
  admits(
    task: Task,
    { session, ttlMs, ageMs }: Arrival,
    now: Moment,
    furtherRefusal: () => Refusal | undefined = () => undefined,
  ): boolean {
    const { book, voice } = this.#options;
    book.begin(task.id);
    if (session !== undefined && session !== this.#options.session) {
      const stderr = 'it was meant for an earlier session of this agent';
      voice.result(task, { outcome: 'lost', stderr }, now.mono);
    } else if (ageMs > ttlMs) {
      const stderr = `it was ${Math.round(ageMs)} ms old on arrival, at most ${ttlMs} are allowed`;
      voice.result(task, { outcome: 'expired', stderr }, now.mono);
    } else {
      const refused = this.#refusalOf(task) ?? furtherRefusal();
      if (!refused) return true;
      voice.refuse(task, refused.refusal, refused.reason, now.mono);
    }
    book.end(task.id, now.mono);
    return false;
  }

  /** A verb of a later protocol: as a command of the user's it would become a status of the node. */
  refuseUnknown({ id, run, verb }: CommandEnvelope, now: Moment): void {
    const { book, voice } = this.#options;
    book.begin(id);
    voice.refuse({ id, run }, 'invalid', `this agent does not know ${shownVerb(verb)}`, now.mono);
    book.end(id, now.mono);
  }

  /** Whoever may publish may always stop; everything else needs the node to be free or the run's own. */
  #refusalOf(task: Task): Refusal | undefined {
    const { lease, line } = this.#options;
    const noRoom = line.whyNoRoomFor(task);
    if (noRoom !== undefined) return { refusal: 'not-ready', reason: noRoom };
    if (isStoppingVerb(task.verb)) return undefined;
    if (!lease.isFreeFor(task.run)) return { refusal: 'busy', reason: lease.describe() };
    if (task.run !== undefined && lease.run !== task.run)
      return {
        refusal: 'no-lease',
        reason: 'the run does not hold this node: its lease has lapsed, or was never taken',
      };
    return line.unusable === undefined ? undefined : { refusal: 'not-ready', reason: line.unusable };
  }
}
