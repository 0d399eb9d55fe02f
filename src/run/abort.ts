import type { Verdict } from '../events/index.ts';

/** Why a run aborts itself: the broker is gone for good. */
export class BrokerLost extends Error {}

/** What becomes of a step or a run that is aborted for this reason. */
export function verdictOfAbort(reason: unknown): Verdict {
  return reason instanceof BrokerLost ? 'broker-lost' : 'interrupted';
}
