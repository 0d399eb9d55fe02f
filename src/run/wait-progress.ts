import type { NodeProblem } from '../events/index.ts';

/** How often a wait says for whom it waits. */
export const PROGRESS_EVERY_MS = 1000;

/** For whom a step waits. */
export interface WaitProgress {
  readonly satisfied: readonly string[];
  readonly missing: readonly NodeProblem[];
  readonly waitedMs: number;
  /** 0: for ever. */
  readonly timeoutMs: number;
}
