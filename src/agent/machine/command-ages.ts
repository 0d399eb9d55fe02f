/** The window in which the fastest message of a clock is looked for. */
const WINDOW_MS = 10 * 60_000;
/** The window is kept as this many slices, each with its smallest difference. */
const SLICES = 10;
const SLICE_MS = WINDOW_MS / SLICES;
/** Clocks of control machines heard of; the one not heard for longest goes first. */
const MOST_CLOCKS = 64;

interface Slice {
  readonly number: number;
  smallest: number;
}

/**
 * How late a message is, without a common clock: the smallest (received − sent) of the last ten minutes stands for a
 * message without delay, and every message is late by what its own difference exceeds that.
 */
export class CommandAges {
  readonly #slicesOfClock = new Map<string, Slice[]>();

  /** Milliseconds by which a message arrived later than the fastest one of the same clock; counts it for later ones. */
  ageOf(clock: string, sent: number, receivedAt: number): number {
    const difference = receivedAt - sent;
    const slices = this.#recent(clock, Math.floor(receivedAt / SLICE_MS));
    const current = slices[slices.length - 1];
    if (current) current.smallest = Math.min(current.smallest, difference);
    return difference - Math.min(...slices.map((slice) => slice.smallest));
  }

  #recent(clock: string, number: number): Slice[] {
    const slices = (this.#slicesOfClock.get(clock) ?? []).filter((slice) => slice.number > number - SLICES);
    if (slices[slices.length - 1]?.number !== number)
      slices.push({ number, smallest: Number.POSITIVE_INFINITY });
    this.#slicesOfClock.delete(clock);
    this.#slicesOfClock.set(clock, slices);
    if (this.#slicesOfClock.size > MOST_CLOCKS) {
      const [oldest] = this.#slicesOfClock.keys();
      if (oldest !== undefined) this.#slicesOfClock.delete(oldest);
    }
    return slices;
  }
}
