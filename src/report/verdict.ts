import { formatDuration } from '../base/index.ts';
import { type RunEvent, type RunView, VERDICTS } from '../events/index.ts';
import { formatCount, formatProblems, formatStepNumber, formatTitle } from './phrases.ts';
import type { Style } from './style.ts';
import { VERDICT_WORDS } from './trouble.ts';

export type StepFinished = Extract<RunEvent, { type: 'step-finished' }>;
type RunFinished = Extract<RunEvent, { type: 'run-finished' }>;

/** The last lines of a run: how it ended and, if not well, why, so that nobody has to scroll. */
export function formatVerdict(
  style: Style,
  view: RunView,
  run: RunFinished,
  firstFailures: readonly StepFinished[],
): readonly string[] {
  const took = `in ${formatDuration(run.tookMs)}`;
  const word = style.strong(VERDICT_WORDS[run.verdict].toUpperCase());
  if (run.verdict === 'passed') return [`${style.good(word)} ${took}`];
  const told = new Set(firstFailures.flatMap(({ problems }) => problems).map(keyOf));
  return [
    `${style.bad(word)}${countFailures(view)} ${took}`,
    ...firstFailures.flatMap(({ step, problems }) => [
      `  ${formatStepNumber(step, view.steps.length).trim()}  ${formatTitle(style, step.text)}`,
      ...formatProblems(style, problems).map((problem) => `    ${problem}`),
    ]),
    ...formatProblems(
      style,
      run.problems.filter((problem) => !told.has(keyOf(problem))),
    ).map((problem) => `  ${problem}`),
  ];
}

/** ` (2 steps failed, 1 timed out)` */
function countFailures(view: RunView): string {
  const counts = VERDICTS.filter((verdict) => verdict !== 'passed')
    .map((verdict) => ({ verdict, steps: view.steps.filter((step) => step.verdict === verdict).length }))
    .filter(({ steps }) => steps > 0)
    .map(({ verdict, steps }, index) => {
      return `${index === 0 ? formatCount(steps, 'step') : steps} ${VERDICT_WORDS[verdict]}`;
    });
  return counts.length === 0 ? '' : ` (${counts.join(', ')})`;
}

const keyOf = ({ node, reason }: { readonly node: string; readonly reason: string }): string =>
  `${node}\n${reason}`;
