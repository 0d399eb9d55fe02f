import { rm } from 'node:fs/promises';
import { type PastRun, standingOf } from './past-runs.ts';

export type Pruning =
  /** All but so many, the latest. */
  | { readonly kind: 'keep'; readonly runs: number }
  /** What began longer ago than that. */
  | { readonly kind: 'older-than'; readonly ageMs: number };

/**
 * Which ones go. A run that has not ended, and may still be running, never does.
 * @param runs the oldest first
 */
export function planPruning(runs: readonly PastRun[], pruning: Pruning, wallNow: number): readonly PastRun[] {
  const candidates =
    pruning.kind === 'keep'
      ? runs.slice(0, Math.max(0, runs.length - pruning.runs))
      : runs.filter(({ document }) => Date.parse(document.startedAt) < wallNow - pruning.ageMs);
  return candidates.filter((run) => {
    const standing = standingOf(run);
    return standing === 'finished' || standing === 'incomplete';
  });
}

/** @throws Error of Node.js */
export async function removeRun({ folder }: PastRun): Promise<void> {
  await rm(folder, { recursive: true });
}
