/** Of so many commands, and as many before them, it is known that they are the run's own. */
const MOST_OF_A_GENERATION = 10_000;

/**
 * Which commands this run has sent: others' output and updates are not its business. Forgotten a generation at a time,
 * since looking for the oldest of a large set takes ever longer.
 */
export class OwnCommands {
  #latest = new Set<string>();
  #before = new Set<string>();

  get size(): number {
    return this.#latest.size + this.#before.size;
  }

  add(id: string): void {
    if (this.#latest.size >= MOST_OF_A_GENERATION) {
      this.#before = this.#latest;
      this.#latest = new Set();
    }
    this.#latest.add(id);
  }

  has(id: string): boolean {
    return this.#latest.has(id) || this.#before.has(id);
  }
}
