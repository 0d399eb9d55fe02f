import { formatMilliseconds } from '../base/index.ts';
import { type NodeProblem, type SyncStart, worstVerdict } from '../events/index.ts';
import type { NodeName } from '../protocol/index.ts';
import { type ClockEstimate, likelyClocksMs, measureStarts } from '../sync/index.ts';
import type { ArmedCommand } from './node/command.ts';
import type { StepOutcome, SyncMeasured } from './step-context.ts';

interface SyncFacts {
  readonly commands: ReadonlyMap<NodeName, ArmedCommand>;
  readonly clocks: ReadonlyMap<NodeName, ClockEstimate>;
  /** The planned instant, on the control machine's clock. */
  readonly at: number;
  readonly maxSkewMs: number | undefined;
  /** How the wait for all of them ended. */
  readonly fired: StepOutcome;
}
type Measurement = Omit<SyncMeasured, 'plannedAt' | 'attempts'>;

/** How close together the nodes began, and whether that is good enough. */
export function measureSync(facts: SyncFacts): {
  readonly measured: Measurement;
  readonly outcome: StepOutcome;
} {
  const { clocks, maxSkewMs, fired } = facts;
  const starts = [...facts.commands].map(([node, command]) => startOf(node, command, facts));
  const begun = starts.filter((start) => start.started);
  const together = measureStarts(begun.map((start) => ({ ...start, startedMs: start.afterMs })));
  const late = skewProblems(begun, together?.skewMs, maxSkewMs);
  const outcome = {
    verdict: worstVerdict([fired.verdict, late.length === 0 ? 'passed' : 'failed']),
    problems: [...fired.problems, ...late],
  };
  return {
    outcome,
    measured: {
      starts,
      ...(together && {
        skewMs: rounded(together.skewMs),
        clocksMs: roundedUp(together.clocksMs),
        likelyClocksMs: rounded(likelyClocksMs([...clocks.values()])),
      }),
      ...(maxSkewMs !== undefined && { budgetMs: maxSkewMs }),
      verdict: outcome.verdict,
    },
  };
}

/** A start without a clock to judge it by is as good as none. */
function startOf(
  node: NodeName,
  { arming, reason }: ArmedCommand,
  { clocks, at, fired }: SyncFacts,
): SyncStart {
  const clock = clocks.get(node);
  if (arming.fired && clock) {
    const { startedMs, uncertaintyMs, stampedBy } = arming.fired;
    return {
      node,
      started: true,
      afterMs: rounded(startedMs - clock.offsetMs - at),
      uncertaintyMs: roundedUp(clock.uncertaintyMs + uncertaintyMs),
      stampedBy,
    };
  }
  const problem = fired.problems.find((each) => each.node === node)?.reason;
  return {
    node,
    started: false,
    reason: problem ?? (reason === '' ? 'it did not say that it began' : reason),
  };
}

/** Who began last, when that was too long after the first. */
function skewProblems(
  begun: readonly Extract<SyncStart, { started: true }>[],
  skewMs: number | undefined,
  maxSkewMs: number | undefined,
): readonly NodeProblem[] {
  if (skewMs === undefined || maxSkewMs === undefined || skewMs <= maxSkewMs) return [];
  const [first, ...later] = begun.toSorted((a, b) => a.afterMs - b.afterMs);
  const last = later.at(-1);
  if (!first || !last) return [];
  const reason = `it began ${formatMilliseconds(skewMs)} after ${first.node}; MAXSKEW allows ${formatMilliseconds(maxSkewMs)}`;
  return [{ node: last.node, reason }];
}

/** To the microsecond, which is more than a clock is known by. */
const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

/** What is certain stays so, the other rounding included. */
const roundedUp = (ms: number): number => Math.ceil(ms * 1000 + 1) / 1000;
