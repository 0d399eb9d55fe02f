import type { Dispose } from '../base/index.ts';

/** Who wants to be told of something, in the order of asking. */
export class Listeners<T> {
  readonly #listeners = new Set<(what: T) => void>();

  add(listener: (what: T) => void): Dispose {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Also a listener that another one removes is told once more. */
  tell(what: T): void {
    for (const listener of [...this.#listeners]) listener(what);
  }
}
