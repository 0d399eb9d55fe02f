import type { Clock, Dispose } from '../base/index.ts';
import type { NodeName } from '../protocol/index.ts';

/** When each node is to be looked at again. A timer that fires too early costs a look, so it is kept unless it would fire too late. */
export class NodeTimers {
  readonly #clock: Clock;
  readonly #onDue: (node: NodeName) => void;
  readonly #timers = new Map<NodeName, { readonly at: number; readonly stop: Dispose }>();

  constructor(clock: Clock, onDue: (node: NodeName) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  get size(): number {
    return this.#timers.size;
  }

  /** @param at monotonic milliseconds; undefined: never */
  arm(node: NodeName, at: number | undefined): void {
    const armed = this.#timers.get(node);
    if (at === undefined || (armed && armed.at <= at)) return;
    armed?.stop();
    const stop = this.#clock.setTimer(at - this.#clock.now(), () => {
      this.#timers.delete(node);
      this.#onDue(node);
    });
    this.#timers.set(node, { at, stop });
  }

  stop(node: NodeName): void {
    this.#timers.get(node)?.stop();
    this.#timers.delete(node);
  }

  stopAll(): void {
    for (const { stop } of this.#timers.values()) stop();
    this.#timers.clear();
  }
}
