import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/base/index.ts';

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /**
   * Goes on by `ms` (0 or more) and fires what falls due on the way, in order of time, timers of one instant in the
   * order they were set. Promises settle before the first timer, between two, and after the last, so a timer that
   * is set by what another one woke counts too. One at a time.
   */
  advance(ms: number): Promise<void>;
  /**
   * Goes on from timer to timer until `isDone`, or until `limitMs` have passed; says whether it is done. The same rules
   * as for `advance`.
   */
  advanceUntil(isDone: () => boolean, limitMs: number): Promise<boolean>;
  /** How many timers are set: 0 when everything that waited has cleaned up after itself. */
  pendingTimers(): number;
}

/** Timers that fire at one instant; more are a circle. */
const MOST_AT_ONCE = 100_000;
const WALL_START_MS = Date.UTC(2026, 0, 1);

/** `now()` starts at 0, `wallNow()` at 2026-01-01 UTC; both move together. */
export function createFakeClock(): FakeClock {
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  let nowMs = 0;
  let advancing = false;

  const takeDue = (untilMs: number) => {
    let first: { readonly dueMs: number; readonly callback: () => void } | undefined;
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    }
    if (first) timers.delete(first);
    return first;
  };

  const goOn = async (isDone: () => boolean, limitMs: number): Promise<boolean> => {
    if (advancing) throw new Error('the fake clock is advancing already: await the first advance()');
    advancing = true;
    try {
      const endMs = nowMs + limitMs;
      // An immediate runs when every promise that can settle without time or I/O has done so.
      await setImmediate();
      let atOnce = 0;
      while (!isDone()) {
        const timer = takeDue(endMs);
        if (!timer) {
          nowMs = endMs;
          return isDone();
        }
        atOnce = timer.dueMs > nowMs ? 0 : atOnce + 1;
        if (atOnce > MOST_AT_ONCE)
          throw new Error(`time stands still at ${nowMs}: a timer sets itself again`);
        nowMs = timer.dueMs;
        timer.callback();
        await setImmediate();
      }
      return true;
    } finally {
      advancing = false;
    }
  };

  return {
    now: () => nowMs,
    wallNow: () => WALL_START_MS + nowMs,
    setTimer(delayMs, callback) {
      const timer = { dueMs: nowMs + Math.max(delayMs, 0), callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    pendingTimers: () => timers.size,
    async advance(ms) {
      await goOn(() => false, ms);
    },
    advanceUntil: goOn,
  };
}
