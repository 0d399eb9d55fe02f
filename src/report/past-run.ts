import { createRunFold, type RunEvent } from '../events/index.ts';
import { formatEnding } from './recap.ts';
import type { ReporterOptions } from './reporter.ts';
import { safeEvent } from './safe-text.ts';
import { createStyle } from './style.ts';
import { createVerdictTeller } from './verdict.ts';

/** A run that is looked at later. */
export interface PastRunTeller {
  /** To be called with every event of the run, in order. */
  add(event: RunEvent): void;
  /**
   * What the run said at its end, or would have said.
   * @param unfinished what is said instead of a verdict where there is none
   */
  format(unfinished: string): string;
}

export function createPastRunTeller(
  options: Pick<ReporterOptions, 'colour' | 'unicode' | 'width' | 'record'>,
): PastRunTeller {
  const style = createStyle(options);
  const { view, apply } = createRunFold();
  const verdict = createVerdictTeller(style, view);
  let end: Extract<RunEvent, { type: 'run-finished' }> | undefined;
  return {
    add(foreignEvent) {
      const event = safeEvent(foreignEvent, options.unicode);
      apply(event);
      verdict.note(event);
      if (event.type === 'run-finished') end = event;
    },
    format: (unfinished) =>
      formatEnding(style, view, options, end ? verdict.format(end) : verdict.formatUnfinished(unfinished)),
  };
}
