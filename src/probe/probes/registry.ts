import type { Probe } from '../probe.ts';
import { qosOne, qosZero } from './delivery.ts';
import { burst, manyRetained, slowReader } from './floods.ts';
import { levels, names, payloads } from './limits.ts';
import { permissions } from './permissions.ts';
import { retained, retainedByWildcard, retainedCleared } from './retained.ts';
import { roundTrip } from './round-trip.ts';
import { persistentSession, takeover, will } from './sessions.ts';
import { qosTwo, sharedSubscription } from './unused.ts';

/** What no run can do without, as far as it takes but a moment to find out and no agent hears of it. */
export const QUICK_PROBES: readonly Probe[] = [qosOne, qosZero, retained, retainedCleared];

/** In the order in which they are done and told. */
export const PROBES: readonly Probe[] = [
  qosOne,
  qosZero,
  permissions,
  retained,
  retainedByWildcard,
  retainedCleared,
  will,
  roundTrip,
  burst,
  slowReader,
  manyRetained,
  ...payloads,
  ...names,
  levels,
  takeover,
  persistentSession,
  qosTwo,
  sharedSubscription,
];
