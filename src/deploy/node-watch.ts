import type { NodeName } from '../protocol/index.ts';

/** What is known of nodes over MQTT; whoever calls provides it. */
export interface NodeWatch {
  standingOf(node: NodeName): {
    readonly state: string;
    readonly session: string | undefined;
    readonly lease: { readonly owner: string } | null;
  };
  /** Waits until this very session is alive. */
  untilAlive(
    node: NodeName,
    session: string,
    timeoutMs: number,
  ): Promise<
    | { readonly kind: 'alive' }
    | { readonly kind: 'not-alive'; readonly reason: string; readonly isOver: boolean }
  >;
  /** Takes away the INFO of an agent that could not do so itself. */
  clearInfo(node: NodeName): Promise<void>;
}
