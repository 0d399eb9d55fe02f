/** Ids are remembered this long after the command's end, at most so many finished ones; unfinished ones always. */
const KEPT_MS = 10 * 60_000;
const MOST_FINISHED = 10_000;

/** Which command ids were seen: an id runs once, however often it arrives. */
export class CommandBook {
  readonly #unfinished = new Set<string>();
  /** Id → when it ended, in the order of ending. */
  readonly #endedAt = new Map<string, number>();

  begin(id: string): void {
    this.#unfinished.add(id);
  }

  end(id: string, now: number): void {
    this.#unfinished.delete(id);
    this.#endedAt.set(id, now);
    for (const [old, endedAt] of this.#endedAt) {
      if (endedAt > now - KEPT_MS && this.#endedAt.size <= MOST_FINISHED) break;
      this.#endedAt.delete(old);
    }
  }

  knows(id: string): boolean {
    return this.#unfinished.has(id) || this.#endedAt.has(id);
  }

  isUnfinished(id: string): boolean {
    return this.#unfinished.has(id);
  }

  get unfinished(): readonly string[] {
    return [...this.#unfinished];
  }

  get size(): number {
    return this.#unfinished.size + this.#endedAt.size;
  }
}
