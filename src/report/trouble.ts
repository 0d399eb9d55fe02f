import { formatDuration } from '../base/index.ts';
import type { RunEvent, RunView } from '../events/index.ts';
import { createBrokerTrouble } from './broker-trouble.ts';
import { describeCommandTrouble } from './command-trouble.ts';
import type { Describe, Line } from './line.ts';
import { describeNodeTrouble } from './node-trouble.ts';
import { formatProblems, formatStepNumber, formatTitle, VERDICT_WORDS } from './phrases.ts';
import type { Style } from './style.ts';
import { describeSync } from './sync-line.ts';

/** So many lines of one kind are said of the nodes until the next step ends; the Recap counts the rest. */
const MOST_ALIKE = 20;

/** Everything that goes wrong in a run: what remains when nobody is watching. */
export function createTrouble(style: Style, view: RunView): Describe {
  const describeBroker = createBrokerTrouble();
  const said = new Map<string, number>();

  /** A thousand nodes that fail alike must not push everything else off the screen. */
  function limit(kind: string, lines: readonly Line[]): readonly Line[] {
    if (lines.length === 0) return lines;
    const count = (said.get(kind) ?? 0) + 1;
    said.set(kind, count);
    if (count < MOST_ALIKE) return lines;
    if (count > MOST_ALIKE) return [];
    return [
      ...lines,
      { mark: 'note', text: `${style.ellipsis} more like this are not shown; see the Recap` },
    ];
  }

  return (event) => {
    switch (event.type) {
      case 'command-finished':
        return limit(`command ${event.end}`, describeCommandTrouble(style, event));
      case 'node-changed':
        return limit(`node ${event.state}`, describeNodeTrouble(style, view, event));
      case 'warning-given':
        return limit('warning', [
          {
            mark: 'warning',
            text: event.node === undefined ? event.message : `${style.node(event.node)}: ${event.message}`,
          },
        ]);
      case 'step-finished':
        said.clear();
        return describeStepTrouble(style, view, event);
      case 'file-received':
        return describeFileTrouble(event);
      case 'sync-measured':
        return event.verdict === 'passed' ? [] : describeSync(style, event);
      case 'clean-up-finished':
        if (event.problems.length === 0) return [];
        return [
          {
            mark: 'warning',
            text: 'the clean-up left something behind',
            details: formatProblems(style, event.problems),
          },
        ];
      default:
        return describeBroker(event);
    }
  };
}

function describeFileTrouble(event: Extract<RunEvent, { type: 'file-received' }>): readonly Line[] {
  const { port, file, outcome, reason = '' } = event;
  if (outcome === 'received') return [];
  const text =
    outcome === 'nothing'
      ? `nobody sent ${file} to port ${port}`
      : `${file} did not arrive whole on port ${port}: ${reason}; what came is kept as ${file}.partial`;
  return [{ mark: outcome === 'nothing' ? 'warning' : 'failed', text }];
}

function describeStepTrouble(
  style: Style,
  view: RunView,
  event: Extract<RunEvent, { type: 'step-finished' }>,
): readonly Line[] {
  const { step, verdict, problems, tookMs } = event;
  if (verdict === 'passed') return [];
  const number = formatStepNumber(step, view.steps.length);
  const took = formatDuration(tookMs);
  return [
    {
      mark: 'failed',
      text: `${number}  ${formatTitle(style, step.text)}  ${style.bad(VERDICT_WORDS[verdict])} (${took})`,
      details: formatProblems(style, problems),
    },
  ];
}
