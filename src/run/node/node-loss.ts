import { formatDuration } from '../../base/index.ts';
import type { NodeLoss } from '../../protocol/index.ts';
import type { Absences } from './absences.ts';

/** A lease is renewed this many times within its life. */
export const RENEWALS_PER_LEASE = 3;

/** Why a run lost its node, and the node the run's work, as the end of a sentence. */
export function describeNodeLoss(
  { because, by = 'somebody else' }: NodeLoss,
  leaseMs: number,
  absences: Pick<Absences, 'describe'>,
  now: number,
): string {
  if (because === 'taken-over') return `${by} took the node over`;
  // The last renewal may be as old as the pause between two: nothing shorter explains that a lease has lapsed.
  const absence = absences.describe(now, leaseMs * (1 - 1 / RENEWALS_PER_LEASE)) ?? UNNOTICED;
  return `the agent stopped it because it had not heard of this run for longer than its lease of ${formatDuration(leaseMs)}; ${absence}`;
}

const UNNOTICED = 'no outage as long was noticed here: did this machine sleep, or a link stall?';
