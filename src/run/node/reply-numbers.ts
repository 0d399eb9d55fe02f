import type { NodeSettings } from './node-port.ts';
import { Replays } from './replays.ts';
import { ReplyStream } from './reply-stream.ts';

interface ReplyNumbersOptions {
  readonly settings: Pick<NodeSettings, 'askEveryMs' | 'createId'>;
  /** Asks the agent for what it said after this number. */
  readonly askAfter: (questionId: string, seq: number) => void;
  /** So many replies more are missing. */
  readonly onMissed: (count: number) => void;
}

/** The numbers of a session's lasting replies: what has come, what is asked for again, what is gone for good. */
export class ReplyNumbers {
  readonly #options: ReplyNumbersOptions;
  readonly #replays: Replays;
  /** Undefined until the session has said a number. */
  #stream: ReplyStream | undefined;

  constructor(options: ReplyNumbersOptions) {
    this.#options = options;
    this.#replays = new Replays(options.settings.askEveryMs);
  }

  /** How many numbers are remembered. */
  get size(): number {
    return this.#stream?.size ?? 0;
  }

  /** The highest number that is known to exist. */
  get last(): number {
    return this.#stream?.last ?? 0;
  }

  /** True while something that was said has not arrived. */
  get hasHole(): boolean {
    return this.#stream?.missingAfter !== undefined;
  }

  nextDeadline(): number {
    return this.#replays.nextDeadline();
  }

  /** The session says that its last number is this one. */
  announced(seq: number): void {
    this.#stream ??= new ReplyStream(seq);
    this.#stream.announce(seq);
  }

  /** True when the reply of this number is received for the first time. */
  receive(seq: number): boolean {
    this.#stream ??= new ReplyStream(seq - 1);
    return this.#stream.receive(seq);
  }

  /** Asks for what is missing, or for what was said since the last word. */
  catchUp(now: number): void {
    if (!this.#stream) return;
    const id = this.#options.settings.createId();
    this.#replays.asked(id, now);
    this.#options.askAfter(id, this.#stream.missingAfter ?? this.#stream.last);
  }

  keepTime(now: number): void {
    if (this.#replays.isDue(this.hasHole, now)) this.#askForMissing(now);
  }

  /**
   * A report came in answer to this question: if it ends a replay, what the agent no longer keeps and what has not come
   * is lost. Returns how many replies that is.
   */
  reportedBy(questionId: string, forgotten: number): number {
    // What it still has may have been lost once more: that is asked for again.
    return this.#replays.isEnd(questionId) ? (this.#stream?.giveUp(forgotten) ?? 0) : 0;
  }

  /** Without an outage in which they went astray, it is the broker that did not pass them on. */
  #askForMissing(now: number): void {
    const isExplained = this.#replays.isAwaited(now);
    const count = isExplained ? 0 : (this.#stream?.countMissing() ?? 0);
    if (count > 0) this.#options.onMissed(count);
    this.catchUp(now);
  }
}
