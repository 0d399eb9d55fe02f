export { createRunRecorder, type RecorderOptions, type RunRecorder } from './create-recorder.ts';
export { findRun, listRuns, type PastRun, type RunList, type Standing, standingOf } from './past-runs.ts';
export { type Pruning, planPruning, removeRun } from './prune.ts';
export { readEvents } from './read-events.ts';
export { type RunDocument, runDocumentSchema } from './run-document.ts';
