import { formatDuration } from '../base/index.ts';
import { type NodeProblem, type RunEvent, type RunView, VERDICTS } from '../events/index.ts';
import {
  formatCount,
  formatProblems,
  formatStepNumber,
  formatTitle,
  VERDICT_WORDS,
  withReason,
} from './phrases.ts';
import type { Style } from './style.ts';

/** So many failed steps are told again. */
const MOST_STEPS = 3;

type RunFinished = Extract<RunEvent, { type: 'run-finished' }>;
type StepFinished = Extract<RunEvent, { type: 'step-finished' }>;

export interface VerdictTeller {
  /** Notes what may have to be told again. */
  note(event: RunEvent): void;
  /** The last lines of a run: how it ended and, if not well, why, so that nobody has to scroll. */
  format(run: RunFinished): readonly string[];
  /** The same of a run that has not ended. */
  formatUnfinished(word: string): readonly string[];
}

export function createVerdictTeller(style: Style, view: RunView): VerdictTeller {
  const failedSteps: StepFinished[] = [];
  let brokerLost: string | undefined;

  const formatStep = ({ step, problems }: StepFinished): readonly string[] => [
    `  ${formatStepNumber(step, view.steps.length).trim()}  ${formatTitle(style, step.text)}`,
    ...formatProblems(style, problems).map((problem) => `    ${problem}`),
  ];

  const formatReasons = (): readonly string[] => [
    ...failedSteps.flatMap(formatStep),
    ...(brokerLost === undefined ? [] : [`  ${brokerLost.replaceAll('\n', ' ')}`]),
  ];

  return {
    note(event) {
      if (event.type === 'broker-changed') {
        brokerLost = event.state === 'lost' ? withReason('the broker is lost', event.detail) : undefined;
      } else if (event.type === 'step-finished' && event.verdict !== 'passed') {
        if (failedSteps.length < MOST_STEPS) failedSteps.push(event);
      }
    },
    format(run) {
      const took = `in ${formatDuration(run.tookMs)}`;
      const word = style.strong(VERDICT_WORDS[run.verdict].toUpperCase());
      if (run.verdict === 'passed') return [`${style.good(word)} ${took}`];
      return [
        `${style.bad(word)}${countFailures(view)} ${took}`,
        ...formatReasons(),
        ...formatProblems(style, withoutThoseOf(failedSteps, run.problems)).map((problem) => `  ${problem}`),
      ];
    },
    formatUnfinished: (word) => [
      `${style.bad(style.strong(word))}${countFailures(view)} after ${formatDuration(view.tookMs)}`,
      ...formatReasons(),
    ],
  };
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

function withoutThoseOf(
  steps: readonly StepFinished[],
  problems: readonly NodeProblem[],
): readonly NodeProblem[] {
  const keyOf = ({ node, reason }: NodeProblem): string => `${node}\n${reason}`;
  const told = new Set(steps.flatMap((step) => step.problems).map(keyOf));
  return problems.filter((problem) => !told.has(keyOf(problem)));
}
