const SHORTEST_GAP_MS = 2000;
/** Short enough for CI systems, which end a job that says nothing for ten minutes. */
const LONGEST_GAP_MS = 300_000;

export interface Pace {
  /** Whether it is time to say again what goes on, `sinceMs` after it began. */
  isDue(sinceMs: number): boolean;
}

/**
 * Says less and less often that something still goes on: each gap is as long as all the time before it, at least 2 s,
 * at most 5 min.
 */
export function createPace(firstMs: number): Pace {
  let nextMs = firstMs;
  return {
    isDue(sinceMs) {
      if (sinceMs < nextMs) return false;
      nextMs = sinceMs + Math.min(Math.max(sinceMs, SHORTEST_GAP_MS), LONGEST_GAP_MS);
      return true;
    },
  };
}
