import type { Clock } from '../../base/index.ts';
import { createSharedLook } from './shared-look.ts';

/** Wall-clock milliseconds minus monotonic ones: for certain not outside of these. */
export interface ClockTie {
  readonly low: number;
  readonly high: number;
}

/** Good enough; mostly reached at the first tick of the wall clock, so within a millisecond. */
const CLOSE_ENOUGH_MS = 0.01;
/** Some milliseconds. Not counted in time: it may be that this process is just not let run. */
const MOST_READINGS = 10_000;
const VALID_MS = 250;
/** Of a time of the wall clock in microseconds. */
const ROUNDING_MS = 0.001;

/** How the two clocks are tied now. The wall clock is read in whole milliseconds, so its ticks are watched. */
export const tieClocks = createSharedLook(measure, VALID_MS);

function measure(clock: Clock): ClockTie {
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  let before = clock.now();
  for (let n = 0; n < MOST_READINGS && high - low > CLOSE_ENOUGH_MS; n += 1) {
    const wall = clock.wallNow();
    const after = clock.now();
    // The wall clock was read after `before` and before `after`, and read `wall` to less than `wall + 1`.
    low = Math.max(low, wall - after);
    high = Math.min(high, wall + 1 - before);
    before = after;
  }
  // It was set meanwhile: what is known then is no more than this.
  return low <= high ? { low, high } : { low: high, high: low };
}

/** A time of the wall clock in monotonic milliseconds, if it holds with both ties, which may differ. */
export function toMonotonic(
  wallMs: number,
  ties: readonly ClockTie[],
): { readonly at: number; readonly uncertaintyMs: number } {
  const earliest = wallMs - Math.max(...ties.map(({ high }) => high));
  const latest = wallMs - Math.min(...ties.map(({ low }) => low));
  return { at: (earliest + latest) / 2, uncertaintyMs: (latest - earliest) / 2 + ROUNDING_MS };
}
