import type { Clock } from '../base/index.ts';
import type { NodeProblem, RunEventBody, Verdict } from '../events/index.ts';
import type { Inventory, NodeExpression } from '../inventory/index.ts';
import type { ResolvedStep } from '../playbook/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { Fleet } from './fleet.ts';
import type { Command } from './node/command.ts';
import type { Receptions } from './receptions.ts';
import type { WaitProgress } from './wait-progress.ts';

/** How a step ended; thrown only when it was aborted. */
export interface StepOutcome {
  readonly verdict: Verdict;
  readonly problems: readonly NodeProblem[];
}

/** Whose problem it is when it is no node's. */
export const CONTROL_MACHINE = 'this machine';

export const PASSED: StepOutcome = { verdict: 'passed', problems: [] };

/** What a SYNC tells of its starts. */
export type SyncMeasured = Omit<Extract<RunEventBody, { type: 'sync-measured' }>, 'type' | 'step'>;

/** What a step of a running playbook has at hand. */
export interface StepContext {
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** The nodes that an expression stands for in this run. */
  readonly nodesOf: (expression: NodeExpression) => readonly NodeName[];
  /** Has the values of `${node.name}`. */
  readonly inventory?: Inventory | undefined;
  /** The last command sent to each node on this path: what a WAITFOR looks back to. */
  readonly lastSent: Map<NodeName, Command>;
  readonly receptions: Receptions;
  /** Relative paths of the playbook start here. */
  readonly workingDirectory: string;
  readonly variables: Map<string, string>;
  /** Variables given by the user: a SET does not change them. */
  readonly given: ReadonlyMap<string, string>;
  /** Default of a wait, milliseconds; 0: for ever. */
  readonly timeoutMs: number;
  /** How long a command may stay unacknowledged, milliseconds. */
  readonly ackTimeoutMs: number;
  readonly reportProgress: (progress: WaitProgress) => void;
  /** Tells what a SYNC measured. */
  readonly reportSync: (measured: SyncMeasured) => void;
  /** Tells of something that does not change how the step ends. */
  readonly warn: (problem: NodeProblem) => void;
  readonly signal: AbortSignal;
}

export type StepRunner<K extends ResolvedStep['kind']> = (
  step: Extract<ResolvedStep, { kind: K }>,
  context: StepContext,
) => Promise<StepOutcome>;
