import type { Clock } from './clock.ts';
import { errorMessage } from './errors.ts';
import type { Logger } from './logger.ts';
import { withTimeout } from './waiting.ts';

/** Clean-up steps, run in reverse order of their registration; one that hangs or fails does not stop the next. */
export class Disposer {
  readonly #steps: { readonly what: string; readonly run: () => unknown; readonly deadlineMs: number }[] = [];
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #stepDeadlineMs: number;
  #disposing: Promise<void> | undefined;

  /** @param stepDeadlineMs how long one step may take before the next begins */
  constructor(clock: Clock, logger: Logger, stepDeadlineMs: number) {
    this.#clock = clock;
    this.#logger = logger;
    this.#stepDeadlineMs = stepDeadlineMs;
  }

  /**
   * @param what completes the sentence "could not …"
   * @param deadlineMs for a step that has limits of its own
   */
  add(what: string, run: () => unknown, deadlineMs: number = this.#stepDeadlineMs): void {
    this.#steps.push({ what, run, deadlineMs });
  }

  /** Runs and forgets every step; never throws. Called again meanwhile, it awaits the same end. */
  dispose(): Promise<void> {
    this.#disposing ??= this.#runSteps().finally(() => {
      this.#disposing = undefined;
    });
    return this.#disposing;
  }

  async #runSteps(): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      const { what, run, deadlineMs } = step;
      try {
        await withTimeout(this.#clock, Promise.resolve(run()), deadlineMs, () => {
          this.#logger.warn(`gave up waiting to ${what} after ${deadlineMs} ms`);
        });
      } catch (thrown) {
        this.#logger.warn(`could not ${what}: ${errorMessage(thrown)}`);
      }
    }
  }
}
