import { createRunFold, type RunView } from '../events/index.ts';
import { type Describe, formatLine } from './line.ts';
import { formatRecap } from './recap.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';
import { safeEvent } from './safe-text.ts';
import { createScreen, type Screen } from './screen.ts';
import { createStyle, type Style } from './style.ts';
import { formatVerdict, type StepFinished } from './verdict.ts';

/** So many failed steps are told again at the end. */
const FAILURES_TOLD_AGAIN = 3;

interface Scene {
  readonly style: Style;
  /** As it was before the event that is being described. */
  readonly view: RunView;
  readonly screen: Screen;
}

/** A reporter for people: lines about what its describers find worth a line, and the Recap. */
export function createTextReporter(
  options: ReporterOptions,
  createDescribers: (scene: Scene) => readonly Describe[],
): Reporter {
  const style = createStyle(options);
  const screen = createScreen(options, style);
  const fold = createRunFold();
  const describers = createDescribers({ style, screen, view: fold.view });
  const firstFailures: StepFinished[] = [];

  return {
    onEvent(foreignEvent) {
      const event = safeEvent(foreignEvent, options.unicode);
      const lines = describers.flatMap((describe) => describe(event));
      fold.apply(event);
      if (lines.length > 0) {
        screen.print(lines.map((line) => formatLine(style, event.elapsedMs, line)).join(''));
      }
      if (event.type === 'step-finished' && event.verdict !== 'passed') {
        if (firstFailures.length < FAILURES_TOLD_AGAIN) firstFailures.push(event);
      }
      if (event.type === 'run-finished') {
        const recap = formatRecap(style, fold.view, options.width);
        const verdict = formatVerdict(style, fold.view, event, firstFailures);
        screen.print([...recap, ...verdict].map((line) => `${line}\n`).join(''));
      }
    },
    clearLine: () => screen.setStatus(undefined),
  };
}
