import type { NodeProblem, NodeView, RunView, StepView, SyncView } from '../events/index.ts';
import type { OutputOfNode, RunDocument } from './run-document.ts';

/** Everything of a run's document that its events, folded, tell. */
type Told = Pick<
  RunDocument,
  'tookMs' | 'steps' | 'nodes' | 'noAnswers' | 'problems' | 'leftBehind' | 'syncs'
>;

export function documentOf(view: RunView, outputOf: (node: string) => OutputOfNode | null): Told {
  return {
    tookMs: Math.round(view.tookMs),
    steps: view.steps.map(stepOf),
    nodes: [...view.nodes.values()].map((node) => nodeOf(node, outputOf(node.node))),
    noAnswers: noAnswersIn(view),
    problems: [...view.problems],
    leftBehind: [...view.leftBehind],
    syncs: view.syncs.map(syncOf),
  };
}

function stepOf({ step, state, verdict, tookMs, problems }: StepView): RunDocument['steps'][number] {
  const { index, kind, line, text } = step;
  return { index, kind, line, text, state, verdict: verdict ?? null, tookMs, problems: [...problems] };
}

function nodeOf(view: NodeView, output: OutputOfNode | null): RunDocument['nodes'][number] {
  const { node, state, version, commands, failures, busyMs, lastUpdate } = view;
  return {
    node,
    state,
    version: version ?? null,
    commands,
    failures,
    busyMs,
    lastUpdate: lastUpdate ?? null,
    output,
  };
}

/** Who was waited for in vain: in a step, or after the last one. */
function noAnswersIn({ steps, verdict, problems }: RunView): RunDocument['noAnswers'] {
  const ofSteps = steps
    .filter((step) => isInVain(step.verdict))
    .flatMap((step) => numbered(step.step.index, step.problems));
  return ofSteps.length > 0 || !isInVain(verdict) ? ofSteps : numbered(null, problems);
}

function isInVain(verdict: StepView['verdict']): boolean {
  return verdict === 'timed-out' || verdict === 'unreachable';
}

function numbered(step: number | null, problems: readonly NodeProblem[]): RunDocument['noAnswers'] {
  return problems.map(({ node, reason }) => ({ step, node, reason }));
}

function syncOf(sync: SyncView): RunDocument['syncs'][number] {
  const { step, plannedAt, starts, skewMs, clocksMs, likelyClocksMs, budgetMs, attempts, verdict } = sync;
  return {
    step,
    plannedAt,
    starts: starts.map((start) => ({ ...start })),
    skewMs: skewMs ?? null,
    clocksMs: clocksMs ?? null,
    likelyClocksMs: likelyClocksMs ?? null,
    budgetMs: budgetMs ?? null,
    attempts,
    verdict,
  };
}
