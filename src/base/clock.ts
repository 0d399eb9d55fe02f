/** Undoes what it was given for: a timer, a listener, a subscription. Calling it twice does nothing more. */
export type Dispose = () => void;

/** All waiting and all reading of time goes through a Clock, so that tests and simulations can own it. */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary start, with fractions. Comparable within one process only. */
  now(): number;
  /** Wall-clock milliseconds since 1970-01-01 UTC: for people and for logs, never for measuring. */
  wallNow(): number;
  /** Calls `callback` once, `delayMs` from now (never earlier; a negative delay counts as 0). */
  setTimer(delayMs: number, callback: () => void): Dispose;
}

/** setTimeout overflows to 1 ms above this (2^31 − 1 ms, 24.8 days). */
const LONGEST_TIMER_MS = 2_147_483_647;

export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer(delayMs, callback) {
    const due = performance.now() + delayMs;
    let timer: ReturnType<typeof setTimeout>;
    const arm = (restMs: number): void => {
      timer = setTimeout(
        () => {
          const left = due - performance.now();
          if (left > 0) arm(left);
          else callback();
        },
        Math.min(Math.max(Math.ceil(restMs), 0), LONGEST_TIMER_MS),
      );
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};
