/** How long a hole in the numbers may stay before it is asked for: a broker may swap two topics, not for long. */
const HOLE_MS = 250;

/** When an agent is asked for replies that are missing, and when it is clear that they are gone for good. */
export class Replays {
  readonly #everyMs: number;
  #holeAt = Number.POSITIVE_INFINITY;
  /** The question whose answer shows what is gone for good, and when it was asked. */
  #question: { readonly id: string; readonly at: number } | undefined;

  /** @param everyMs milliseconds between two questions about the same hole */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  nextDeadline(): number {
    return this.#holeAt;
  }

  /** Keeps an eye on a hole; true when it is to be asked for now. */
  isDue(hasHole: boolean, now: number): boolean {
    if (!hasHole) {
      this.#holeAt = Number.POSITIVE_INFINITY;
      return false;
    }
    this.#holeAt = Math.min(this.#holeAt, now + HOLE_MS);
    if (this.#holeAt > now) return false;
    this.#holeAt = now + this.#everyMs;
    return true;
  }

  asked(questionId: string, now: number): void {
    this.#question = { id: questionId, at: now };
  }

  /** True while the answer to a question may be on its way. */
  isAwaited(now: number): boolean {
    return this.#question !== undefined && now - this.#question.at < this.#everyMs;
  }

  /** True when this report ends the replay that was asked for. */
  isEnd(questionId: string): boolean {
    const isEnd = questionId === this.#question?.id;
    if (isEnd) this.#question = undefined;
    return isEnd;
  }
}
