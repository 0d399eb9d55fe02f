import type { Clock } from '../../src/base/index.ts';

/** The clock of a process: nothing that it was to do happens once the process is dead. */
export interface MortalClock extends Clock {
  die(): void;
}

/** @param offsetMs by how much its monotonic clock differs: no two processes have the same one */
export function createMortalClock(clock: Clock, offsetMs: number): MortalClock {
  let dead = false;
  return {
    now: () => clock.now() + offsetMs,
    wallNow: () => clock.wallNow(),
    setTimer: (delayMs, callback) => clock.setTimer(delayMs, () => dead || callback()),
    die() {
      dead = true;
    },
  };
}
