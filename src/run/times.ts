import type { NodeSettings } from './node/node-port.ts';

/** What the times of a run are unless somebody says otherwise; milliseconds. */
export const DEFAULT_TIMES = {
  ackTimeoutMs: 10_000,
  offlineGraceMs: 2000,
  reconnectGraceMs: 10_000,
  askEveryMs: 1000,
} as const satisfies Partial<NodeSettings>;
