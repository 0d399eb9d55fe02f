import { createNdjsonReporter } from './ndjson.ts';
import { createPlainReporter } from './plain.ts';
import { createQuietReporter } from './quiet.ts';
import type { Reporter, ReporterKind, ReporterOptions } from './reporter.ts';

/** A reporter for one run. */
export function createReporter(kind: ReporterKind, options: ReporterOptions): Reporter {
  return CREATORS[kind](options);
}

const CREATORS: Record<ReporterKind, (options: ReporterOptions) => Reporter> = {
  plain: createPlainReporter,
  quiet: createQuietReporter,
  ndjson: createNdjsonReporter,
};
