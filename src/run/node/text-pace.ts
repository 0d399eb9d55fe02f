import { doneStatus, hasWordsOfItsOwn, statusBeginsWith } from '../../protocol/index.ts';
import type { Command } from './command.ts';

/** All times are parts of the ack time-out, which is how long a command may wait for its turn. */
const PARTS = {
  /** From a report until the agent listens again. */
  rest: 1 / 10,
  /** From the last word to the end of a verb that has no word of its own. */
  quiet: 1 / 5,
  /** The same when nothing is said at all. */
  silence: 1 / 2,
} as const;
/** A STOP of the clean-up waits no longer: it has 10 s in all, and is better sent in vain than not at all. */
const MOST_PATIENCE_MS = 5000;

/**
 * When the next plain text may go out. A legacy agent reads one command, does it, reports it, and only then listens
 * again; what arrives meanwhile is lost, and the agent may hear nothing any more.
 */
export class TextPace {
  readonly #ackTimeoutMs: number;
  /** Went out and has not been reported. */
  #unreported: Command | undefined;
  #freeAt = Number.NEGATIVE_INFINITY;
  #lastStatus = '';
  #statusBefore = '';
  #hasTerminated = false;
  #isHurried = false;

  constructor(ackTimeoutMs: number) {
    this.#ackTimeoutMs = ackTimeoutMs;
  }

  /** Why nothing goes out, as the end of a sentence; undefined: it is but a moment. */
  get reason(): string | undefined {
    if (this.#hasTerminated) return 'it is a legacy agent, and has said nothing since it terminated';
    if (!this.#unreported) return undefined;
    const { text } = this.#unreported;
    return `it is a legacy agent, which takes one command at a time, and ${text} has not been reported`;
  }

  /** Went out, and nothing has been said about it. */
  get unreported(): Command | undefined {
    return this.#unreported;
  }

  /** When this command may go out: infinite while something must be said first. */
  freeAt({ since }: Command): number {
    const patienceMs = Math.min(MOST_PATIENCE_MS, this.#ackTimeoutMs * PARTS.silence);
    const freeAt = this.#hasTerminated ? Number.POSITIVE_INFINITY : this.#freeAt;
    return this.#isHurried ? Math.min(freeAt, since + patienceMs) : freeAt;
  }

  sent(command: Command, now: number): void {
    this.#unreported = command;
    this.#statusBefore = this.#lastStatus;
    this.#awaitReport(now);
  }

  /** Takes a status, and returns the command that it reports, if any. */
  heard(text: string, retained: boolean, now: number): Command | undefined {
    const command = this.#unreported;
    const wasTerminated = this.#hasTerminated;
    this.#hasTerminated = statusBeginsWith(text, ['TERMINATED']);
    this.#lastStatus = text;
    // After an outage of ours the retained text is all that is left; it was said since if it was another one before.
    const isNew = command !== undefined && (!retained || !reports(this.#statusBefore, command));
    if (isNew && reports(text, command)) {
      this.#unreported = undefined;
      this.#freeIn(PARTS.rest, now);
      return command;
    }
    // ALIVE is no word about a command: whoever says it as a heartbeat would never be quiet.
    if (wasTerminated) this.#freeIn(PARTS.rest, now);
    else if (!retained && !statusBeginsWith(text, ['ALIVE'])) this.#heardWord(now);
    return undefined;
  }

  /** Time without the broker does not count, and what was said meanwhile was not heard. */
  reconnected(now: number): void {
    if (this.#unreported) this.#awaitReport(now);
  }

  /** From now on only the clean-up sends, and it has little time. */
  hurry(): void {
    this.#isHurried = true;
  }

  #awaitReport(now: number): void {
    if (this.#awaitsWord) this.#freeAt = Number.POSITIVE_INFINITY;
    else this.#freeIn(PARTS.silence, now);
  }

  #heardWord(now: number): void {
    if (this.#unreported && !this.#awaitsWord) this.#freeIn(PARTS.quiet, now);
  }

  get #awaitsWord(): boolean {
    return this.#unreported !== undefined && hasWordsOfItsOwn(this.#unreported.verb);
  }

  #freeIn(part: number, now: number): void {
    this.#freeAt = now + this.#ackTimeoutMs * part;
  }
}

/** Whether this status ends the command; whoever has terminated will not report it any more. */
function reports(status: string, { verb }: Command): boolean {
  const ends = [doneStatus(verb), 'FAILED', 'TERMINATED'];
  return ends.some((words) => statusBeginsWith(status, words.split(' ')));
}
