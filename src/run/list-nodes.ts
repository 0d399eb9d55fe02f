import type { NodeState } from '../events/index.ts';
import type { Lease } from '../protocol/index.ts';
import { type MeetingOptions, meetNodes } from './meet-nodes.ts';

export interface ListedNode {
  readonly node: string;
  readonly state: NodeState;
  readonly session: string | undefined;
  /** Milliseconds since its last sign of life; undefined when it gave none. */
  readonly ageMs: number | undefined;
  readonly version: string | undefined;
  readonly groups: readonly string[];
  /** The run that holds it. */
  readonly lease: Lease | null;
}

/**
 * Everybody who is there, by name: who answers, and who has left something behind.
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED
 */
export function listNodes(options: MeetingOptions): Promise<readonly ListedNode[]> {
  return meetNodes(options, async (_fleet, nodes) => {
    const now = options.clock.now();
    return nodes.map(({ node, state, session, presence, lease }) => ({
      node,
      state,
      session,
      ageMs: presence.heardAt === undefined ? undefined : Math.round(now - presence.heardAt),
      version: presence.info?.version,
      groups: presence.info?.groups ?? [],
      lease,
    }));
  });
}
