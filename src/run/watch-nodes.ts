import type { NodeState } from '../events/index.ts';
import { INIT_FAILED, type Lease, type NodeName, statusBeginsWith } from '../protocol/index.ts';
import type { Fleet } from './fleet.ts';
import { type MeetingOptions, meetNodes } from './meet-nodes.ts';
import { failed, type Judgement, MET, pending } from './node/judgement.ts';
import { waitForNodes } from './node-wait.ts';

/** How a node is, as its broker shows it. */
interface NodeStanding {
  readonly state: NodeState;
  readonly session: string | undefined;
  /** Of its agent. */
  readonly version: string | undefined;
  /** The run that holds it. */
  readonly lease: Lease | null;
}

export type AwaitedNode =
  | { readonly kind: 'alive' }
  /** `isOver`: waiting longer does not help. */
  | { readonly kind: 'not-alive'; readonly reason: string; readonly isOver: boolean };

/** What somebody who brings agents to hosts wants to know of them. */
export interface NodeWatch {
  standingOf(node: NodeName): NodeStanding;
  /** Waits until this very session is alive, its initFunction done. */
  untilAlive(node: NodeName, session: string, timeoutMs: number): Promise<AwaitedNode>;
  /** Takes away the INFO of an agent that could not do so itself. Never rejects. */
  clearInfo(node: NodeName): Promise<void>;
}

/**
 * Meets the nodes, and stays with them for as long as is wanted: one connection for all of it.
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED
 */
export function watchNodes<T>(options: MeetingOptions, then: (watch: NodeWatch) => Promise<T>): Promise<T> {
  const { channel, logger, clock, signal } = options;
  return meetNodes(options, (fleet) =>
    then({
      standingOf(name) {
        const { state, session, lease, presence } = fleet.node(name);
        // Nobody answers for it, but its last words are known.
        const isOver = state === 'silent' && presence.lastWords === 'terminated';
        return {
          state: isOver ? 'terminated' : state,
          session,
          version: presence.info?.version,
          lease,
        };
      },
      async untilAlive(name, session, timeoutMs) {
        const { verdict, problems } = await waitForNodes(
          [name],
          () => judge(fleet, name, session),
          timeoutMs,
          { fleet, clock, signal, reportProgress: () => {} },
        );
        if (verdict === 'passed') return { kind: 'alive' };
        const judgement = judge(fleet, name, session);
        const reason = judgement.kind === 'met' ? (problems[0]?.reason ?? '') : judgement.reason;
        return { kind: 'not-alive', reason, isOver: verdict === 'failed' };
      },
      clearInfo: (name) =>
        channel.clearInfo(name).catch(() => {
          logger.warn(`the INFO of ${name} could not be cleared: the broker was gone for a moment`);
        }),
    }),
  );
}

function judge(fleet: Fleet, name: NodeName, session: string): Judgement {
  const node = fleet.node(name);
  if (node.session !== session) return pending('nothing was heard of it over MQTT');
  if (node.state !== 'alive') return pending(node.reason);
  if (node.status === null) return pending('its initFunction has not ended yet');
  return statusBeginsWith(node.status, INIT_FAILED)
    ? failed(`its node script does not begin: ${node.status}`)
    : MET;
}
