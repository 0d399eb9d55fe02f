import type { Clock } from '../base/index.ts';

/** Wall and monotonic clock drift apart by less than this between two looks, unless the machine was suspended. */
const JUMP_MS = 1000;

/**
 * Notices that the machine slept: its monotonic clock stood still meanwhile, so that every later command would look as
 * old as the sleep was long.
 */
export class ClockJumps {
  readonly #clock: Clock;
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = offsetOf(clock);
  }

  /** True when a jump has happened since the last look. */
  happened(): boolean {
    const beforeMs = this.#offsetMs;
    this.#offsetMs = offsetOf(this.#clock);
    return Math.abs(this.#offsetMs - beforeMs) > JUMP_MS;
  }
}

function offsetOf(clock: Clock): number {
  return clock.wallNow() - clock.now();
}
