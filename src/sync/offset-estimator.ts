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
/** No machine has been up for longer than thirty years; of larger numbers the fractions are lost. */
const LATEST_MS = 1e12;
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
    const { there, back } = this.#tightest(now);
    const { lowestMs, highestMs } = boundsOf(delayThere(there, now), delayBack(back, now));
    if (lowestMs > highestMs) this.#trips = [trip];
    // The oldest, but neither of those two: what is certain does not become less so.
    const dropped = this.#trips.findIndex((kept) => kept !== there && kept !== back);
    if (this.#trips.length > MOST_KEPT) this.#trips.splice(dropped, 1);
  }

  /**
   * Undefined while nothing is known, or nothing that is recent enough.
   * @param now control machine's monotonic milliseconds; may be of the future, or a moment ago
   */
  estimate(now: number): ClockEstimate | undefined {
    const trips = this.#trips.filter((kept) => isKept(kept, now));
    if (trips.length === 0) return undefined;
    const there = sortedDelays(trips, (trip) => delayThere(trip, now));
    const back = sortedDelays(trips, (trip) => delayBack(trip, now));
    const roundTrips = sortedDelays(trips, ({ t0, t1, t2, t3 }) => t3 - t0 - (t2 - t1));
    const { lowestMs, highestMs } = boundsOf(shortest(there), shortest(back));
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

  /** That say most of the way there, and of the way back. */
  #tightest(now: number): { readonly there: RoundTrip; readonly back: RoundTrip } {
    const best = (delayOf: typeof delayThere): RoundTrip =>
      this.#trips.reduce((found, trip) => (delayOf(trip, now) < delayOf(found, now) ? trip : found));
    return { there: best(delayThere), back: best(delayBack) };
  }
}

/** The agent had it for no longer than it was away, unless a clock jumped meanwhile. */
function isPossible(trip: RoundTrip): boolean {
  const { t0, t1, t2, t3 } = trip;
  const { lowestMs, highestMs } = boundsOf(delayThere(trip, t3), delayBack(trip, t3));
  return [t0, t1, t2, t3].every((time) => Math.abs(time) <= LATEST_MS) && t2 >= t1 && lowestMs <= highestMs;
}

function isKept({ t0 }: RoundTrip, now: number): boolean {
  return now - t0 <= KEPT_MS;
}

/** The offset is at most this, and by the delay on the way there less. */
function delayThere(trip: RoundTrip, now: number): number {
  return trip.t1 - trip.t0 + driftSince(trip, now);
}

/** The offset is at least the negative of this, and by the delay on the way back more. */
function delayBack(trip: RoundTrip, now: number): number {
  return trip.t3 - trip.t2 + driftSince(trip, now);
}

/** Or until then. When exactly within the round trip the agent read its clock is not known. */
function driftSince({ t0, t3 }: RoundTrip, now: number): number {
  return DRIFT_ALLOWANCE * Math.max(now - t0, t3 - now);
}

function boundsOf(there: number, back: number): Pick<ClockEstimate, 'lowestMs' | 'highestMs'> {
  return { lowestMs: -back - READING_ERROR_MS, highestMs: there + READING_ERROR_MS };
}

function sortedDelays(trips: readonly RoundTrip[], delayOf: (trip: RoundTrip) => number): Delays {
  return new Float64Array(trips.map(delayOf)).sort();
}
