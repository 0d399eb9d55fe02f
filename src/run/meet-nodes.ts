import { type Clock, createId, type Logger, sleep } from '../base/index.ts';
import type { ControlChannel } from '../channel/index.ts';
import type { RunEventBody } from '../events/index.ts';
import type { NodeName } from '../protocol/index.ts';
import { connect } from './connection.ts';
import { Fleet } from './fleet.ts';
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
  /** Who is met even if nothing is heard of them. Default: nobody. */
  readonly named?: Iterable<NodeName>;
}

const natural = new Intl.Collator('en', { numeric: true });

/**
 * Connects, gives everybody who is there time to say so, and then does what is wanted with them; in no run's name.
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED
 */
export async function meetNodes<T>(
  options: MeetingOptions,
  then: (fleet: Fleet, nodes: readonly NodeMachine[]) => Promise<T>,
): Promise<T> {
  const { channel, clock, logger, broker, signal } = options;
  const emit = (): void => {};
  const settings = { ...DEFAULT_TIMES, owner: '', leaseMs: 0, takeOver: false, holdLease: false, createId };
  const fleet = new Fleet({ channel, clock, logger, runId: createId(), settings, emit });
  for (const node of options.named ?? []) fleet.node(node);
  try {
    fleet.open(true);
    const onBroker = tellOutage(broker, logger);
    await connect(options.connectTimeoutMs, { fleet, clock, broker, emit: onBroker, signal });
    await sleep(clock, options.answerMs, signal);
    return await then(
      fleet,
      fleet.nodes.toSorted((a, b) => natural.compare(a.node, b.node)),
    );
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
