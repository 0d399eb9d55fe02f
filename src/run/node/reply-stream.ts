/** An agent keeps so many replies: with more beyond a hole, what is in the hole is gone. */
const MOST_BEYOND = 10_000;

/**
 * Which of an agent's numbered replies were received: each counts once, and a hole is noticed.
 * Numbers begin anywhere, since the agent may be older than the run.
 */
export class ReplyStream {
  /** Everything up to here was received, or is before our time. */
  #complete: number;
  readonly #beyond = new Set<number>();
  #announced: number;
  /** What is missing up to here has been counted. */
  #countedTo: number;

  constructor(lastSeq: number) {
    this.#complete = lastSeq;
    this.#announced = lastSeq;
    this.#countedTo = lastSeq;
  }

  /** How many numbers beyond a hole are remembered. */
  get size(): number {
    return this.#beyond.size;
  }

  /** The highest number that is known to exist. */
  get last(): number {
    return this.#announced;
  }

  /** The number after which something is missing; undefined when nothing is. */
  get missingAfter(): number | undefined {
    return this.#complete < this.#announced ? this.#complete : undefined;
  }

  /** True when this number is received for the first time. */
  receive(seq: number): boolean {
    if (seq <= this.#complete || this.#beyond.has(seq)) return false;
    this.announce(seq);
    this.#beyond.add(seq);
    this.#closeUp();
    if (this.#beyond.size > MOST_BEYOND) this.giveUp(this.#announced);
    return true;
  }

  /** The agent says that its last number is this one. */
  announce(seq: number): void {
    this.#announced = Math.max(this.#announced, seq);
  }

  /** How many replies are missing that no earlier call has counted. */
  countMissing(): number {
    const from = Math.max(this.#complete, this.#countedTo);
    const received = [...this.#beyond].filter((seq) => seq > from).length;
    this.#countedTo = this.#announced;
    return this.#announced - from - received;
  }

  /** What is missing up to this number is lost, since nobody has it any more. Returns how many replies that is. */
  giveUp(upTo: number): number {
    let lost = 0;
    while (this.#complete < Math.min(upTo, this.#announced)) {
      this.#complete += 1;
      if (!this.#beyond.delete(this.#complete)) lost += 1;
    }
    this.#closeUp();
    return lost;
  }

  #closeUp(): void {
    while (this.#beyond.delete(this.#complete + 1)) this.#complete += 1;
  }
}
