import type { Clock, Dispose } from '../base/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { NodeEffect } from './node/node-port.ts';

type Publish = Extract<NodeEffect, { kind: 'publish' }>;

interface GroupSendsOptions {
  readonly clock: Clock;
  readonly publish: (node: NodeName, effect: Publish) => void;
  readonly publishToGroup: (group: string, effect: Publish) => void;
}

interface Gathering {
  readonly group: string;
  readonly nodes: ReadonlySet<NodeName>;
  readonly gathered: Map<NodeName, Publish>;
  stopTimer: Dispose;
}

/** From the first member that is ready for the message on, the others have so long; then each gets its own. */
const PATIENCE_MS = 250;
/** When nobody was ready by then, what is published later is no longer gathered. */
const LONGEST_MS = 60_000;

/** Makes one message of what goes to all members of a group under one id. */
export class GroupSends {
  readonly #options: GroupSendsOptions;
  /** By command id. */
  readonly #gatherings = new Map<string, Gathering>();

  constructor(options: GroupSendsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#gatherings.size;
  }

  /** What is to be published to these nodes under this id is gathered from now on. */
  begin(id: string, group: string, nodes: readonly NodeName[]): void {
    const stopTimer = this.#options.clock.setTimer(LONGEST_MS, () => this.#forget(id));
    this.#gatherings.set(id, { group, nodes: new Set(nodes), gathered: new Map(), stopTimer });
  }

  /** @returns false when it is nothing that is gathered */
  gather(node: NodeName, effect: Publish): boolean {
    const gathering = this.#gatherings.get(effect.id);
    if (!gathering?.nodes.has(node)) return false;
    const { group, nodes, gathered } = gathering;
    gathered.set(node, effect);
    if (gathered.size === 1) {
      gathering.stopTimer();
      gathering.stopTimer = this.#options.clock.setTimer(PATIENCE_MS, () => this.#part(effect.id));
    }
    if (gathered.size < nodes.size) return true;
    this.#forget(effect.id);
    this.#options.publishToGroup(group, effect);
    return true;
  }

  /** Nothing that waits is sent any more. */
  forgetWaiting(): void {
    for (const id of [...this.#gatherings.keys()]) this.#forget(id);
  }

  /** Somebody is not ready: the others are not kept waiting. */
  #part(id: string): void {
    const gathered = this.#gatherings.get(id)?.gathered ?? new Map<NodeName, Publish>();
    this.#forget(id);
    for (const [node, effect] of gathered) this.#options.publish(node, effect);
  }

  #forget(id: string): void {
    this.#gatherings.get(id)?.stopTimer();
    this.#gatherings.delete(id);
  }
}
