/** While messages to a node wait in a queue of ours, its time stands still: it is not the node that keeps us waiting. */
export class Standstill {
  /** Ids of what waits. */
  readonly #held = new Set<string>();
  #since: number | undefined;

  /** Undefined while nothing waits. */
  get since(): number | undefined {
    return this.#since;
  }

  heldBack(id: string, now: number): void {
    this.#held.add(id);
    this.#since ??= now;
  }

  /** @returns since when time stood still, when that is over now */
  wentOut(id: string): number | undefined {
    if (!this.#held.delete(id) || this.#held.size > 0) return undefined;
    const since = this.#since;
    this.#since = undefined;
    return since;
  }

  /** What waits never goes out. */
  forget(): void {
    this.#held.clear();
    this.#since = undefined;
  }
}
