import type { Clock, Dispose } from '../base/index.ts';
import type { Fleet } from './fleet.ts';
import { RENEWALS_PER_LEASE } from './node/node-loss.ts';

/** A thousand nodes that come back together are served by a few renewals. */
const SHORTEST_GAP_MS = 250;

/**
 * Renews the leases of a run: now and then, and as soon as a node or the broker is back, since a renewal may have been
 * missed meanwhile and the next one may come too late.
 *
 * @param leaseMs 0: they never lapse
 */
export function keepLeases(fleet: Fleet, clock: Clock, leaseMs: number): Dispose {
  if (leaseMs === 0) return () => {};
  const everyMs = leaseMs / RENEWALS_PER_LEASE;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let dueAt = 0;
  let stopTimer: Dispose = () => {};

  const renew = (): void => {
    if (fleet.nodes.some(({ isHeld }) => isHeld)) fleet.renewLeases();
    renewedAt = clock.now();
    renewAt(renewedAt + everyMs);
  };
  const renewAt = (at: number): void => {
    stopTimer();
    dueAt = at;
    stopTimer = clock.setTimer(at - clock.now(), renew);
  };
  const stopListening = fleet.onReturn(() => {
    const soonestAt = Math.max(clock.now(), renewedAt + SHORTEST_GAP_MS);
    if (soonestAt < dueAt) renewAt(soonestAt);
  });

  renew();
  return () => {
    stopListening();
    stopTimer();
  };
}
