import type { RunEvent, RunView } from '../events/index.ts';
import { type Describe, formatElapsed } from './line.ts';
import { createPace, type Pace } from './pace.ts';
import { formatNames, formatStepNumber, formatTitle } from './phrases.ts';
import type { Screen } from './screen.ts';
import type { Style } from './style.ts';

const FIRST_WAIT_MS = 2000;

/** Says what is being waited for: on a terminal in the line below all others, elsewhere in lines that get rarer. */
export function createWaits(style: Style, view: RunView, screen: Screen, tty: boolean): Describe {
  return tty ? createLiveWaits(style, view, screen) : createLoggedWaits(style, view);
}

function createLiveWaits(style: Style, view: RunView, screen: Screen): Describe {
  return (event) => {
    switch (event.type) {
      case 'step-started':
      case 'step-waiting': {
        const doing = event.type === 'step-started' ? '' : `${formatWait(style, event)}  `;
        const head = `${formatElapsed(event.elapsedMs)} ${style.marks.running}`;
        const number = formatStepNumber(event.step, view.steps.length);
        screen.setStatus(`${head} ${number}  ${doing}${formatTitle(style, event.step.text)}`);
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
    const title = style.faint(formatTitle(style, step.text));
    return [{ mark: 'waiting', text: `${number}  ${formatWait(style, event)}  ${title}` }];
  };
}

/** `waiting for node2, node3 (node1 ok) 12s/300s` */
function formatWait(
  style: Style,
  { missing, satisfied, waitedMs, timeoutMs }: Extract<RunEvent, { type: 'step-waiting' }>,
): string {
  const names = formatNames(
    style,
    missing.map(({ node }) => node),
  );
  const whom = names === '' ? '' : ` for ${names}`;
  const others = satisfied.length === 0 ? '' : ` (${formatNames(style, satisfied)} ok)`;
  const limit = timeoutMs === 0 ? ', no limit' : `/${Math.round(timeoutMs / 100) / 10}s`;
  return `waiting${whom}${others} ${Math.floor(waitedMs / 1000)}s${limit}`;
}
