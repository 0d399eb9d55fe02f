import type { Clock, Dispose } from '../base/index.ts';
import type { NodeName } from '../protocol/index.ts';

/** When one node's replies were lost, the others' last words may be as well; so long after they are asked for. */
const DOUBT_MS = 500;

/** What brokers did not pass on, as far as it was noticed. */
export class MissedReplies {
  readonly #clock: Clock;
  readonly #onDoubt: () => void;
  readonly #counts = new Map<NodeName, number>();
  #stopDoubt: Dispose | undefined;

  /** @param onDoubt called when all nodes are to be asked what they said last */
  constructor(clock: Clock, onDoubt: () => void) {
    this.#clock = clock;
    this.#onDoubt = onDoubt;
  }

  get total(): { readonly replies: number; readonly nodes: number } {
    const counts = [...this.#counts.values()];
    return { replies: counts.reduce((sum, count) => sum + count, 0), nodes: counts.length };
  }

  add(node: NodeName, count: number): void {
    this.#counts.set(node, (this.#counts.get(node) ?? 0) + count);
    this.#stopDoubt ??= this.#clock.setTimer(DOUBT_MS, () => {
      this.#stopDoubt = undefined;
      this.#onDoubt();
    });
  }

  close(): void {
    this.#stopDoubt?.();
  }
}
