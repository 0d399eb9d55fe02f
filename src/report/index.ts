export { createReporter } from './create-reporter.ts';
export { createPastRunTeller, type PastRunTeller } from './past-run.ts';
export { REPORTER_KINDS, type Reporter, type ReporterKind, type ReporterOptions } from './reporter.ts';
export { safeText } from './safe-text.ts';
export { createScreen, type Screen } from './screen.ts';
export { createStyle } from './style.ts';
export { type Column, formatTable } from './table.ts';
