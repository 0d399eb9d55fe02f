import { createProgress } from './progress.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';
import { createTextReporter } from './text-reporter.ts';
import { createTrouble } from './trouble.ts';
import { createWaits } from './waits.ts';

/** A line a step, what the nodes print and report, whom a wait waits for, all trouble, and the Recap. */
export function createPlainReporter(options: ReporterOptions): Reporter {
  return createTextReporter(options, ({ style, view, screen }) => [
    createWaits(style, view, screen, options.tty),
    createTrouble(style, view),
    createProgress(style, view),
  ]);
}
