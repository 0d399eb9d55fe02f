import type { NodeState } from '../events/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { ClockEstimate } from '../sync/index.ts';
import type { Fleet } from './fleet.ts';
import { type MeetingOptions, meetNodes } from './meet-nodes.ts';
import type { NodeMachine } from './node/node-machine.ts';
import type { WaitProgress } from './wait-progress.ts';

/** How a node's clock stands against this machine's, or why that is not known. */
export interface MeasuredClock {
  readonly node: string;
  readonly state: NodeState;
  readonly session: string | undefined;
  readonly clock: ClockEstimate | { readonly unknown: string };
  /** It was asked for by name, not as one of many. */
  readonly isNamed: boolean;
}

export interface MeasureClocksOptions extends MeetingOptions {
  /** How long it may take at most. */
  readonly limitMs: number;
  readonly onProgress: (progress: WaitProgress) => void;
}

/**
 * Measures the clocks of nodes until they are known as well as a SYNC wants to know them, or the time is over.
 * @returns them in the order of their names
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED
 */
export function measureClocks(options: MeasureClocksOptions): Promise<readonly MeasuredClock[]> {
  const { limitMs, signal, onProgress } = options;
  return meetNodes(options, async (fleet, met, named) => {
    const wanted = met.filter((machine) => named.has(machine.node) || !hasEnded(machine));
    const answering = wanted.filter(({ state }) => state === 'alive' || state === 'reconnecting');
    await fleet.clocks.calibrate(
      answering.map(({ node }) => node),
      { limitMs, signal, reportProgress: onProgress },
    );
    return wanted.map((machine) => measured(machine, fleet, named));
  });
}

function hasEnded({ state, presence }: NodeMachine): boolean {
  return state === 'terminated' || presence.lastWords === 'terminated';
}

function measured(machine: NodeMachine, fleet: Fleet, named: ReadonlySet<NodeName>): MeasuredClock {
  const { node, state, session } = machine;
  const clock = fleet.clocks.of(node) ?? { unknown: whyUnknown(machine) };
  return { node, state, session, clock, isNamed: named.has(node) };
}

/** Why nothing is known of a node's clock, as the end of a sentence. */
export function whyUnknown({ state, presence, reason, readsTextOnly }: NodeMachine): string {
  if (state === 'legacy' || (readsTextOnly && state === 'alive'))
    return 'it reads plain text alone, and answers no ping';
  if (state === 'silent' && presence.lastWords === 'offline') return 'its agent is gone (OFFLINE)';
  return state === 'alive' ? 'it has answered no ping' : reason;
}
