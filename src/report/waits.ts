import type { RunEvent, RunView } from '../events/index.ts';
import { type Describe, formatElapsed } from './line.ts';
import { createPace, type Pace } from './pace.ts';
import { formatNames, formatProblems, formatStepNumber, formatTitle } from './phrases.ts';
import type { Screen } from './screen.ts';
import type { Style } from './style.ts';

const FIRST_WAIT_MS = 2000;
const LONG_WAIT_MS = 10_000;
/** Few, so that the time still fits on the line. */
const NAMES_OF_MANY = 2;

/** Says what is being waited for: on a terminal in the line below all others, elsewhere in lines that get rarer. */
export function createWaits(style: Style, view: RunView, screen: Screen, tty: boolean): Describe {
  return tty ? createLiveWaits(style, view, screen) : createLoggedWaits(style, view);
}

function createLiveWaits(style: Style, view: RunView, screen: Screen): Describe {
  return (event) => {
    switch (event.type) {
      case 'step-started':
      case 'step-waiting': {
        const head = `${formatElapsed(event.elapsedMs)} ${style.marks.running}`;
        const number = formatStepNumber(event.step, view.steps.length);
        const what = event.type === 'step-started' ? event.step.text : formatWait(style, event);
        screen.setStatus(`${head} ${number}  ${what}`);
        return [];
      }
      case 'step-finished':
      case 'run-finished':
        screen.setStatus(undefined);
        return [];
      default:
        return [];
    }
  };
}

function createLoggedWaits(style: Style, view: RunView): Describe {
  const paces = new Map<number, Pace>();
  return (event) => {
    if (event.type === 'step-finished') paces.delete(event.step.index);
    if (event.type !== 'step-waiting') return [];
    const { step, waitedMs } = event;
    const pace = paces.get(step.index) ?? createPace(FIRST_WAIT_MS);
    paces.set(step.index, pace);
    if (!pace.isDue(waitedMs)) return [];
    const number = formatStepNumber(step, view.steps.length);
    return [{ mark: 'waiting', text: `${number}  ${formatWait(style, event)}` }];
  };
}

/** `waiting for node2, node3 (node1 ok) 12s/300s` and the step or, when it takes long, what the nodes are about. */
function formatWait(
  style: Style,
  { step, missing, satisfied, waitedMs, timeoutMs }: Extract<RunEvent, { type: 'step-waiting' }>,
): string {
  const names = missing.map(({ node }) => node);
  const whom = names.length === 0 ? '' : ` for ${formatNames(style, names, NAMES_OF_MANY)}`;
  const others = satisfied.length === 0 ? '' : ` (${formatNames(style, satisfied, NAMES_OF_MANY)} ok)`;
  const limit = timeoutMs === 0 ? ', no limit' : `/${Math.round(timeoutMs / 100) / 10}s`;
  const reasons = waitedMs < LONG_WAIT_MS ? '' : formatProblems(style, missing).join('; ');
  const time = `${Math.floor(waitedMs / 1000)}s${limit}`;
  return `waiting${whom}${others} ${time}  ${formatTitle(style, reasons || step.text)}`;
}
