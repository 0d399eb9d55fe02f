import { type Clock, createId, type Logger, sleep } from '../base/index.ts';
import type { ControlChannel } from '../channel/index.ts';
import type { RunEventBody } from '../events/index.ts';
import { type KnownNodes, mentionedIn, type NodeExpression, selectNodes } from '../inventory/index.ts';
import type { NodeName } from '../protocol/index.ts';
import { connect } from './connection.ts';
import { Fleet } from './fleet.ts';
import { knownAmong } from './known-agents.ts';
import type { NodeMachine } from './node/node-machine.ts';
import { DEFAULT_TIMES } from './times.ts';

export interface MeetingOptions {
  readonly channel: ControlChannel;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly broker: string;
  readonly connectTimeoutMs: number;
  /** How long nodes have to answer. */
  readonly answerMs: number;
  readonly signal: AbortSignal;
  /** Undefined: everybody; those of the inventory, or without one whoever is there. */
  readonly nodes?: NodeExpression | undefined;
  /** Says what `*` and groups mean; without one those who are there do. */
  readonly inventory?: KnownNodes | undefined;
}

const natural = new Intl.Collator('en', { numeric: true });

/**
 * Connects, gives everybody who is there time to say so, and then does what is wanted with those who are meant; in no run's
 * name. Who is meant whoever there is (`named`) is among them even if nothing is heard of him.
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED
 */
export async function meetNodes<T>(
  options: MeetingOptions,
  then: (fleet: Fleet, nodes: readonly NodeMachine[], named: ReadonlySet<NodeName>) => Promise<T>,
): Promise<T> {
  const { channel, clock, logger, broker, signal } = options;
  const emit = (): void => {};
  const settings = { ...DEFAULT_TIMES, owner: '', leaseMs: 0, takeOver: false, holdLease: false, createId };
  const fleet = new Fleet({ channel, clock, logger, runId: createId(), settings, emit });
  const named = new Set(namedNodes(options));
  for (const node of named) fleet.node(node);
  try {
    fleet.open(true);
    const onBroker = tellOutage(broker, logger);
    await connect(options.connectTimeoutMs, { fleet, clock, broker, emit: onBroker, signal });
    await sleep(clock, options.answerMs, signal);
    const met = fleet.nodes.toSorted((a, b) => natural.compare(a.node, b.node));
    return await then(fleet, meantAmong(met, options), named);
  } finally {
    await fleet.close();
  }
}

function namedNodes({ nodes, inventory }: MeetingOptions): readonly NodeName[] {
  if (inventory) return nodes ? selectNodes(nodes, inventory) : [...inventory.hosts.keys()];
  return nodes ? mentionedIn([nodes]).nodes : [];
}

function meantAmong(
  met: readonly NodeMachine[],
  { nodes, inventory }: MeetingOptions,
): readonly NodeMachine[] {
  const known = inventory ?? knownAmong(met.map(({ node, presence }) => [node, presence.info] as const));
  const meant = new Set(nodes ? selectNodes(nodes, known) : known.hosts.keys());
  return met.filter(({ node }) => meant.has(node));
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
