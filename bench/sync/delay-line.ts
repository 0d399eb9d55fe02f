import type { Clock, Dispose } from '../../src/base/index.ts';

/** Passes things on, each some time later and all in their order, like a wire that many are on at a time. */
export class DelayLine<T> {
  readonly #clock: Clock;
  readonly #passOn: (thing: T) => void;
  readonly #waiting: { readonly dueMs: number; readonly thing: T }[] = [];
  #timer: Dispose | undefined;
  #lastDueMs = 0;

  constructor(clock: Clock, passOn: (thing: T) => void) {
    this.#clock = clock;
    this.#passOn = passOn;
  }

  /** Passed on when the delay is over, and not before what came earlier. */
  push(thing: T, delayMs: number): void {
    if (delayMs === 0 && this.#waiting.length === 0) {
      this.#passOn(thing);
      return;
    }
    this.#lastDueMs = Math.max(this.#lastDueMs, this.#clock.now() + delayMs);
    this.#waiting.push({ dueMs: this.#lastDueMs, thing });
    this.#arm();
  }

  /** What is still on its way is lost. */
  close(): void {
    this.#timer?.();
    this.#waiting.length = 0;
  }

  #arm(): void {
    const next = this.#waiting[0];
    if (!next || this.#timer) return;
    this.#timer = this.#clock.setTimer(next.dueMs - this.#clock.now(), () => {
      this.#timer = undefined;
      this.#passDue();
      this.#arm();
    });
  }

  #passDue(): void {
    const now = this.#clock.now();
    for (let next = this.#waiting[0]; next && next.dueMs <= now; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#passOn(next.thing);
    }
  }
}
