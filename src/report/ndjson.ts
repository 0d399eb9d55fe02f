import { formatEvent } from '../events/index.ts';
import type { Reporter, ReporterOptions } from './reporter.ts';

/** One event a line and nothing else. */
export function createNdjsonReporter({ write }: ReporterOptions): Reporter {
  return {
    onEvent: (event) => write(`${formatEvent(event)}\n`),
    clearLine() {},
  };
}
