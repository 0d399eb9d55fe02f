import type { ProfileName } from './profiles.ts';
import type { WayName } from './ways.ts';

/** How far above the floor's median a start may be. */
export interface Goal {
  readonly medianMs: number;
  readonly p95Ms: number;
  /** What the clocks may take before it; undefined: as long as they need. */
  readonly calibrationMs: number | undefined;
}

const P95_MS = 5;
/** At 20 ms a ping, 60 pings and what they wait for. */
const SHORT_MS = 1500;
const LONG_MS = 5000;

const MEDIANS_MS: Readonly<Partial<Record<ProfileName, number>>> = {
  none: 1,
  '0-5': 1,
  '0-20': 1.5,
  '0-40': 2,
};

/** The limits of time are for so many nodes: more are pinged less often. */
const NODES = 20;

/** Undefined where there is none. */
export function goalOf(way: WayName, profile: ProfileName, nodes: number): Goal | undefined {
  const medianMs = MEDIANS_MS[profile];
  if (medianMs === undefined) return undefined;
  if (way === 'sync')
    return { medianMs, p95Ms: P95_MS, calibrationMs: nodes <= NODES ? SHORT_MS : undefined };
  if (way === 'sync-long' && profile === '0-40' && nodes === NODES)
    return { medianMs: 1, p95Ms: P95_MS, calibrationMs: LONG_MS };
  return undefined;
}
