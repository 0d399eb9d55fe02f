import { describe, expect, test } from 'vitest';
import { tieClocks, toMonotonic } from '../../../src/agent/shell/clock-tie.ts';
import { type Clock, systemClock } from '../../../src/base/index.ts';

/** A wall clock that is ahead of the monotonic one by a known time, and is read in whole milliseconds, as all are. */
function clockAheadBy(aheadMs: () => number): Clock {
  return { ...systemClock, wallNow: () => Math.floor(systemClock.now() + aheadMs()) };
}

describe('two clocks are tied', () => {
  test.each([0, 0.999, 12.345, 1e9 + 0.5])('with what is true in between: %d ms', (aheadMs) => {
    const clock = clockAheadBy(() => aheadMs);
    const { low, high } = tieClocks(clock, clock);
    expect(low).toBeLessThanOrEqual(aheadMs + 1e-6);
    expect(high).toBeGreaterThanOrEqual(aheadMs - 1e-6);
  });

  test('once for all who ask soon after each other, and anew when an older tie does not do', () => {
    let reads = 0;
    const clock: Clock = {
      ...systemClock,
      wallNow: () => {
        reads += 1;
        return systemClock.wallNow();
      },
    };
    tieClocks(clock, clock);
    const once = reads;
    tieClocks(clock, clock, systemClock.now());
    expect(reads).toBeGreaterThan(once);
  });

  test('although the wall clock is set meanwhile', () => {
    let reads = 0;
    const clock = clockAheadBy(() => {
      reads += 1;
      return reads > 3 ? 5000 : 0;
    });
    const { low, high } = tieClocks(clock, clock);
    expect(low).toBeLessThanOrEqual(high);
    expect(Number.isFinite(low) && Number.isFinite(high)).toBe(true);
  });
});

describe('a time of the wall clock in monotonic milliseconds', () => {
  test('is as certain as the tie', () => {
    const { at, uncertaintyMs } = toMonotonic(5000, [{ low: 999, high: 1001 }]);
    expect(at).toBe(4000);
    expect(uncertaintyMs).toBeCloseTo(1, 2);
  });

  test('holds with the tie of before and that of after, however far apart they are', () => {
    const { at, uncertaintyMs } = toMonotonic(5000, [
      { low: 1000, high: 1000 },
      { low: 1080, high: 1080 },
    ]);
    expect(at).toBe(3960);
    expect(uncertaintyMs).toBeCloseTo(40, 2);
  });
});
