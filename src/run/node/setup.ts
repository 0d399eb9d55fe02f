/** What a session of an agent needs before the run's first command: a ping answered, and its lease. */
export class Setup {
  readonly #needsLease: boolean;
  #pinged = false;
  #leased = false;
  /** The question under way, and when it is asked again. */
  #asked: { readonly id: string; readonly verb: '_ping' | '_lease' } | undefined;
  #askAgainAt = 0;

  constructor(needsLease: boolean) {
    this.#needsLease = needsLease;
  }

  get done(): boolean {
    return this.#pinged && (this.#leased || !this.#needsLease);
  }

  get leased(): boolean {
    return this.#leased;
  }

  /** True also while the lease is asked for: the answer alone may be missing. */
  get mayBeLeased(): boolean {
    return this.#leased || this.#asked?.verb === '_lease';
  }

  nextDeadline(): number {
    return this.#asked ? this.#askAgainAt : Number.POSITIVE_INFINITY;
  }

  /** What is to be asked now; undefined while an answer is awaited or when nothing is left to ask. */
  ask(
    now: number,
    everyMs: number,
    createId: () => string,
  ): { id: string; verb: '_ping' | '_lease' } | undefined {
    if (this.done || (this.#asked && now < this.#askAgainAt)) return undefined;
    this.#asked ??= { id: createId(), verb: this.#pinged ? '_lease' : '_ping' };
    this.#askAgainAt = now + everyMs;
    return this.#asked;
  }

  /** True when the answer is the awaited one. */
  answered(id: string): boolean {
    if (this.#asked?.id !== id) return false;
    if (this.#asked.verb === '_ping') this.#pinged = true;
    else this.#leased = true;
    this.#asked = undefined;
    return true;
  }

  /** True when this was the lease that was asked for. */
  refused(id: string): boolean {
    if (this.#asked?.id !== id) return false;
    this.#asked = undefined;
    return true;
  }

  /** The agent judges ages afresh: it is pinged again first. */
  pingAgain(): void {
    this.#pinged = false;
    // Its answer would be about the old clock.
    if (this.#asked?.verb === '_ping') this.#asked = undefined;
  }

  /** After the control machine's own reconnect the question may be gone. */
  askAgain(now: number): void {
    this.#askAgainAt = now;
  }
}
