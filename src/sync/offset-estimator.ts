import type { ClockEstimate } from './clock-estimate.ts';
import { type Delays, isFloorRare, meanOfLowest, median, shortest } from './delays.ts';
import type { RoundTrip } from './round-trip.ts';

/**
 * By how much a clock may run fast or slow: the crystals of computers keep to 50 ppm of their nominal frequency over
 * their range of temperatures, and mostly to 20.
 */
const CRYSTAL_TOLERANCE = 50e-6;
/**
 * How much the offset of two such clocks may change with each millisecond of the control machine's: 100 ppm, since one
 * may run fast and the other slow; and a little more, since the slow one may be the one that counts the milliseconds.
 */
const DRIFT_ALLOWANCE = (2 * CRYSTAL_TOLERANCE) / (1 - CRYSTAL_TOLERANCE);
/** A clock is read to the microsecond at least, and no rounding on the way is worse. */
const READING_ERROR_MS = 0.001;
/** So many round trips are kept at most, and for so long. */
export const MOST_KEPT = 200;
const KEPT_MS = 60_000;
/** For so long drift takes at most a millisecond from the worth of a round trip. */
const FRESH_MS = 10_000;

/**
 * Where an agent's clock stands against the control machine's. No delay is negative: each ping says that the offset is
 * at most this, each pong that it is at least that, and the tightest of either stand, whether or not they belong to one
 * round trip. As time goes by the clocks may drift apart, and what was learnt loosens.
 */
export class OffsetEstimator {
  #trips: RoundTrip[] = [];

  /** How many round trips are kept. */
  get size(): number {
    return this.#trips.length;
  }

  /** When it contradicts the earlier ones, a clock has jumped: they are forgotten. */
  add(trip: RoundTrip): void {
    const now = trip.t3;
    if (!isPossible(trip)) return;
    this.#trips = [...this.#trips.filter((kept) => isKept(kept, now)), trip];
    const { lowestMs, highestMs } = boundsOf(this.#trips, now);
    if (lowestMs > highestMs) this.#trips = [trip];
    if (this.#trips.length > MOST_KEPT) this.#dropOne(now);
  }

  /**
   * Undefined while nothing is known, or nothing that is recent enough.
   * @param now control machine's monotonic milliseconds; may be in the future
   */
  estimate(now: number): ClockEstimate | undefined {
    const trips = this.#trips.filter((kept) => isKept(kept, now));
    if (trips.length === 0) return undefined;
    const { lowestMs, highestMs } = boundsOf(trips, now);
    const there = sorted(trips.map((trip) => delayThere(trip, now)));
    const back = sorted(trips.map((trip) => delayBack(trip, now)));
    const roundTrips = sorted(trips.map(({ t0, t1, t2, t3 }) => t3 - t0 - (t2 - t1)));
    const offsetMs = isFloorRare(there, back)
      ? Math.min(Math.max((meanOfLowest(there) - meanOfLowest(back)) / 2, lowestMs), highestMs)
      : (lowestMs + highestMs) / 2;
    const p50 = median(roundTrips);
    return {
      offsetMs,
      uncertaintyMs: Math.max(highestMs - offsetMs, offsetMs - lowestMs),
      lowestMs,
      highestMs,
      samples: trips.filter(({ t0 }) => now - t0 <= FRESH_MS).length,
      roundTripMs: { min: shortest(roundTrips), p50, max: roundTrips.at(-1) ?? 0 },
      // What half of the round trips take beyond the shortest way there and the shortest way back: half of it each way.
      jitterMs: Math.max(0, p50 - shortest(there) - shortest(back)),
    };
  }

  forget(): void {
    this.#trips = [];
  }

  /** The oldest, but neither of the two that stand for the bounds: what is certain does not become less so. */
  #dropOne(now: number): void {
    const tightest = [delayThere, delayBack].map((delayOf) =>
      this.#trips.reduce((best, trip) => (delayOf(trip, now) < delayOf(best, now) ? trip : best)),
    );
    const dropped = this.#trips.find((trip) => !tightest.includes(trip));
    this.#trips = this.#trips.filter((trip) => trip !== dropped);
  }
}

/** The agent had it for no longer than it was away, unless a clock jumped meanwhile. */
function isPossible(trip: RoundTrip): boolean {
  const { t0, t1, t2, t3 } = trip;
  const { lowestMs, highestMs } = boundsOf([trip], t3);
  return [t0, t1, t2, t3].every(Number.isFinite) && t2 >= t1 && lowestMs <= highestMs;
}

function isKept({ t0 }: RoundTrip, now: number): boolean {
  return now - t0 <= KEPT_MS;
}

/** The offset is at most this, and by the delay on the way there less. */
function delayThere({ t0, t1 }: RoundTrip, now: number): number {
  return t1 - t0 + DRIFT_ALLOWANCE * (now - t0);
}

/** The offset is at least the negative of this, and by the delay on the way back more. */
function delayBack({ t0, t2, t3 }: RoundTrip, now: number): number {
  return t3 - t2 + DRIFT_ALLOWANCE * (now - t0);
}

function boundsOf(trips: readonly RoundTrip[], now: number): { lowestMs: number; highestMs: number } {
  return {
    lowestMs: -Math.min(...trips.map((trip) => delayBack(trip, now))) - READING_ERROR_MS,
    highestMs: Math.min(...trips.map((trip) => delayThere(trip, now))) + READING_ERROR_MS,
  };
}

function sorted(numbers: readonly number[]): Delays {
  return numbers.toSorted((a, b) => a - b);
}
