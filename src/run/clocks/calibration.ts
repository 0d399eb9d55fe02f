import type { NodeName } from '../../protocol/index.ts';
import { type ClockEstimate, isGoodEnough, samplesNeeded } from '../../sync/index.ts';
import type { NodeMachine } from '../node/node-machine.ts';
import type { WaitProgress } from '../wait-progress.ts';

interface CalibrationOptions {
  readonly nodes: readonly NodeName[];
  readonly maxSkewMs: number | undefined;
  readonly nodeOf: (node: NodeName) => Pick<NodeMachine, 'state' | 'reason' | 'readsTextOnly'>;
  readonly estimateOf: (node: NodeName) => ClockEstimate | undefined;
  readonly onDone: () => void;
}

/** The measuring of several nodes' clocks: whose is not known well enough yet. */
export class Calibration {
  readonly #options: CalibrationOptions;
  readonly #pending: Set<NodeName>;

  constructor(options: CalibrationOptions) {
    this.#options = options;
    this.#pending = new Set(options.nodes);
  }

  get nodes(): readonly NodeName[] {
    return this.#options.nodes;
  }

  needs(node: NodeName): boolean {
    return this.#pending.has(node);
  }

  /** Something about the node's clock has changed. */
  look(node: NodeName): void {
    if (!this.#pending.has(node)) return;
    if (this.#isOver(node)) this.#pending.delete(node);
    if (this.#pending.size === 0) this.lookAgain();
  }

  /** Whoever was known well enough may have been started again since, or a clock may have jumped. */
  lookAgain(): void {
    for (const node of this.nodes) {
      if (this.#isOver(node)) this.#pending.delete(node);
      else this.#pending.add(node);
    }
    if (this.#pending.size === 0) this.#options.onDone();
  }

  progress(waitedMs: number, timeoutMs: number): WaitProgress {
    return {
      satisfied: this.nodes.filter((node) => !this.#pending.has(node)),
      missing: [...this.#pending].map((node) => ({ node, reason: this.#describe(node) })),
      waitedMs,
      timeoutMs,
    };
  }

  /** Known well enough, or nobody who could still be measured. */
  #isOver(node: NodeName): boolean {
    const { nodes, maxSkewMs, nodeOf, estimateOf } = this.#options;
    const { state, readsTextOnly } = nodeOf(node);
    if (readsTextOnly) return true;
    switch (state) {
      case 'legacy':
      case 'lost':
      case 'terminated':
        return true;
      default: {
        const estimate = estimateOf(node);
        return estimate !== undefined && isGoodEnough(estimate, { nodes: nodes.length, maxSkewMs });
      }
    }
  }

  #describe(node: NodeName): string {
    const { nodes, maxSkewMs, nodeOf, estimateOf } = this.#options;
    const { state, reason } = nodeOf(node);
    if (state !== 'alive') return reason;
    const estimate = estimateOf(node);
    if (!estimate) return 'its clock is not known: it has answered no ping';
    const needed = samplesNeeded(estimate, { nodes: nodes.length, maxSkewMs });
    return `its clock is being measured: ${estimate.samples} of ${needed} pings answered`;
  }
}
