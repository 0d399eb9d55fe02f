import { type Clock, createId, type Logger, sleep } from '../base/index.ts';
import type { ControlChannel } from '../channel/index.ts';
import type { NodeState, RunEventBody } from '../events/index.ts';
import type { Lease } from '../protocol/index.ts';
import { connect } from './connection.ts';
import { Fleet } from './fleet.ts';
import { DEFAULT_TIMES } from './times.ts';

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

export interface ListOptions {
  readonly channel: ControlChannel;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly broker: string;
  readonly connectTimeoutMs: number;
  /** How long nodes have to answer. */
  readonly answerMs: number;
  readonly signal: AbortSignal;
}

const natural = new Intl.Collator('en', { numeric: true });

/**
 * Everybody who is there, by name: who answers, and who has left something behind.
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED
 */
export async function listNodes(options: ListOptions): Promise<readonly ListedNode[]> {
  const { channel, clock, logger, broker, signal } = options;
  const emit = (): void => {};
  const settings = { ...DEFAULT_TIMES, owner: '', leaseMs: 0, takeOver: false, holdLease: false, createId };
  const fleet = new Fleet({ channel, clock, logger, runId: createId(), settings, emit });
  try {
    fleet.open(true);
    const onBroker = tellOutage(broker, logger);
    await connect(options.connectTimeoutMs, { fleet, clock, broker, emit: onBroker, signal });
    await sleep(clock, options.answerMs, signal);
    const now = clock.now();
    return fleet.nodes
      .map(({ node, state, session, presence, lease }) => ({
        node,
        state,
        session,
        ageMs: presence.heardAt === undefined ? undefined : Math.round(now - presence.heardAt),
        version: presence.info?.version,
        groups: presence.info?.groups ?? [],
        lease,
      }))
      .sort((a, b) => natural.compare(a.node, b.node));
  } finally {
    await fleet.close();
  }
}

/** Why the broker cannot be reached, each reason once. */
function tellOutage(broker: string, logger: Logger): (event: RunEventBody) => void {
  const told = new Set<string>();
  return (event) => {
    if (event.type !== 'broker-changed' || event.state !== 'attempt-failed' || told.has(event.detail)) return;
    told.add(event.detail);
    logger.warn(`${broker} cannot be reached: ${event.detail}; still trying`);
  };
}
