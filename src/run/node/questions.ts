/** A node that gave no sign of reading envelopes is asked ever more rarely: 1, 2, 4, 8, 8 … times the interval. */
const MOST_DOUBLINGS = 3;

/** When a node is asked how things stand. */
export class Questions {
  readonly #everyMs: number;
  #askAt = Number.POSITIVE_INFINITY;
  #asked = 0;

  /** @param everyMs milliseconds between two questions */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  nextDeadline(): number {
    return this.#askAt;
  }

  /** It has not answered: ask again after the usual interval. */
  schedule(now: number, rarely: boolean): void {
    const doublings = rarely ? Math.min(this.#asked, MOST_DOUBLINGS) : 0;
    this.#askAt = now + this.#everyMs * 2 ** doublings;
  }

  askNow(now: number): void {
    this.#askAt = Math.min(this.#askAt, now);
  }

  /** True when the node is to be asked now. */
  isDue(now: number): boolean {
    if (this.#askAt > now) return false;
    this.#askAt = Number.POSITIVE_INFINITY;
    this.#asked += 1;
    return true;
  }

  answered(): void {
    this.#askAt = Number.POSITIVE_INFINITY;
  }
}
