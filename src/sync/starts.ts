import { certainClocksMs } from './calibration.ts';

/** From the arming to the instant, whatever happens: a confirmation has to fit in, and its answer. */
const SHORTEST_LEAD_MS = 100;
const LEAD_PER_NODE_MS = 3;

/** How long before the instant the first node is told of it: it is told, answers, and is told that all have answered. */
export function leadMs({
  nodes,
  largestRoundTripMs,
}: {
  readonly nodes: number;
  readonly largestRoundTripMs: number;
}): number {
  return 2 * largestRoundTripMs + SHORTEST_LEAD_MS + LEAD_PER_NODE_MS * nodes;
}

export interface MeasuredStart {
  readonly node: string;
  /** Relative to the planned instant, on the control machine's clock. */
  readonly startedMs: number;
  /** How far that may be off, for certain. */
  readonly uncertaintyMs: number;
}

export interface StartMeasurement {
  /** Last start minus first. */
  readonly skewMs: number;
  /** How far that may be off, for certain. */
  readonly clocksMs: number;
}

/** How close together nodes started; undefined when none did. */
export function measureStarts(starts: readonly MeasuredStart[]): StartMeasurement | undefined {
  if (starts.length === 0) return undefined;
  const times = starts.map(({ startedMs }) => startedMs);
  return {
    skewMs: Math.max(...times) - Math.min(...times),
    clocksMs: certainClocksMs(starts.map(({ uncertaintyMs }) => uncertaintyMs)),
  };
}
