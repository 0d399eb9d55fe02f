const MICROSECONDS = 1000;
/** A process may be put aside between two readings; of so many, one pair is close. */
const READINGS = 50;
const TICKS = 3;

/** The clock that all processes of the machine share, in milliseconds. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What to add to this process's `performance.now()` for `monotonicMs`. Constant. */
export function performanceOriginMs(): number {
  let closest = { apartMs: Number.POSITIVE_INFINITY, originMs: Number.NaN };
  for (let reading = 0; reading < READINGS; reading += 1) {
    const before = performance.now();
    const now = monotonicMs();
    const after = performance.now();
    const apartMs = after - before;
    if (apartMs < closest.apartMs) closest = { apartMs, originMs: now - (before + after) / 2 };
  }
  return closest.originMs;
}

/**
 * The wall clock at a moment of the shared clock, in whole microseconds. `Date.now()` is cut to the millisecond: right
 * after a tick it is right, so the largest difference over a few ticks counts.
 */
export function wallMicrosecondsAt(atMs: number): number {
  let [largest, lastTick, ticks] = [Number.NEGATIVE_INFINITY, Date.now(), 0];
  while (ticks <= TICKS) {
    const wall = Date.now();
    largest = Math.max(largest, wall - monotonicMs());
    if (wall !== lastTick) ticks += 1;
    lastTick = wall;
  }
  return Math.round((largest + atMs) * MICROSECONDS);
}
