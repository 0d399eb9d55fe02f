import type { RunEvent } from '../../src/events/index.ts';
import type { StartTimes } from './stamps.ts';

/** What a SYNC's report says, against the stamps of the functions themselves. */
export interface ReportCompared {
  readonly skewMs: number;
  readonly reportedSkewMs: number;
  /** How far the report says that its skew may be off. */
  readonly clocksMs: number;
  readonly pairs: number;
  /** Pairs of nodes that did not start as far apart as reported, uncertainty included. */
  readonly pairsOutside: number;
}

type SyncMeasured = Extract<RunEvent, { type: 'sync-measured' }>;

/**
 * The planned instant is reported as a wall clock has it, so pairs are compared, where it cancels out. A function may be
 * put aside between the shell's stamp and its own first command, which is no fault of the report.
 */
export function compareReport({ starts, clocksMs = 0 }: SyncMeasured, times: StartTimes): ReportCompared {
  const started = starts.flatMap((start) => {
    const at = times.get(start.node);
    return start.started && at !== undefined ? [{ ...start, at }] : [];
  });
  let [pairs, pairsOutside] = [0, 0];
  for (const [index, one] of started.entries()) {
    for (const other of started.slice(index + 1)) {
      const errorMs = one.afterMs - other.afterMs - (one.at - other.at);
      pairs += 1;
      if (Math.abs(errorMs) > one.uncertaintyMs + other.uncertaintyMs) pairsOutside += 1;
    }
  }
  const [at, after] = [started.map((start) => start.at), started.map((start) => start.afterMs)];
  return {
    skewMs: Math.max(...at) - Math.min(...at),
    reportedSkewMs: Math.max(...after) - Math.min(...after),
    clocksMs,
    pairs,
    pairsOutside,
  };
}
