import { createRunFold, type RunView } from '../events/index.ts';
import { type Describe, formatLine } from './line.ts';
import { formatEnding } from './recap.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';
import { safeEvent } from './safe-text.ts';
import { createScreen, type Screen } from './screen.ts';
import { createStyle, type Style } from './style.ts';
import { createVerdictTeller } from './verdict.ts';

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
  const verdict = createVerdictTeller(style, fold.view);
  const describers = createDescribers({ style, screen, view: fold.view });

  return {
    onEvent(foreignEvent) {
      const event = safeEvent(foreignEvent, options.unicode);
      const lines = describers.flatMap((describe) => describe(event));
      fold.apply(event);
      verdict.note(event);
      if (lines.length > 0) {
        screen.print(lines.map((line) => formatLine(style, event.elapsedMs, line)).join(''));
      }
      if (event.type === 'run-finished') {
        screen.print(formatEnding(style, fold.view, options, verdict.format(event)));
      }
    },
    clearLine: () => screen.setStatus(undefined),
  };
}
