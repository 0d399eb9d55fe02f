import { describeUpdate } from './progress.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';
import { createTextReporter } from './text-reporter.ts';
import { createTrouble } from './trouble.ts';

/** Problems, the nodes' own updates, and the Recap. */
export function createQuietReporter(options: ReporterOptions): Reporter {
  return createTextReporter(options, ({ style, view }) => [
    createTrouble(style, view),
    (event) => (event.type === 'update-reported' ? describeUpdate(style, event) : []),
  ]);
}
