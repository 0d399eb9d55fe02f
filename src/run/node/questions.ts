/** How long a hole in the numbers may stay before it is asked for: a broker may swap two topics, not for long. */
const HOLE_MS = 250;
/** A node that gave no sign of reading envelopes is asked ever more rarely: 1, 2, 4, 8, 8 … times the interval. */
const MOST_DOUBLINGS = 3;

/** When a node is asked to report, and after which number. */
export class Questions {
  readonly #everyMs: number;
  #askAt = Number.POSITIVE_INFINITY;
  #asked = 0;
  #holeAt = Number.POSITIVE_INFINITY;
  /** The question whose answer shows what is gone for good. */
  #replayId: string | undefined;

  /** @param everyMs milliseconds between two questions */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  nextDeadline(): number {
    return Math.min(this.#askAt, this.#holeAt);
  }

  /** It has not answered: ask again after the usual interval. */
  schedule(now: number, rarely: boolean): void {
    const doublings = rarely ? Math.min(this.#asked, MOST_DOUBLINGS) : 0;
    this.#askAt = now + this.#everyMs * 2 ** doublings;
  }

  askNow(now: number): void {
    this.#askAt = Math.min(this.#askAt, now);
  }

  /** True when the node is to be asked how things stand. */
  isDue(now: number): boolean {
    if (this.#askAt > now) return false;
    this.#askAt = Number.POSITIVE_INFINITY;
    this.#asked += 1;
    return true;
  }

  answered(): void {
    this.#askAt = Number.POSITIVE_INFINITY;
  }

  /** Keeps an eye on a hole; true when it is to be asked for now. */
  isHoleDue(hasHole: boolean, now: number): boolean {
    if (!hasHole) {
      this.#holeAt = Number.POSITIVE_INFINITY;
      return false;
    }
    this.#holeAt = Math.min(this.#holeAt, now + HOLE_MS);
    if (this.#holeAt > now) return false;
    this.#holeAt = now + this.#everyMs;
    return true;
  }

  replayAsked(id: string): void {
    this.#replayId = id;
  }

  /** True when this report ends the replay that was asked for. */
  isReplayEnd(reportId: string): boolean {
    const isEnd = reportId === this.#replayId;
    if (isEnd) this.#replayId = undefined;
    return isEnd;
  }
}
