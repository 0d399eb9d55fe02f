import type { ProfileName } from './profiles.ts';
import type { WayName } from './ways.ts';

/** How far above the floor's median a start may be. */
export interface Goal {
  readonly medianMs: number;
  readonly p95Ms: number;
  /** What the clocks may take before it. */
  readonly calibrationMs: number;
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

/** Undefined where nothing was promised. */
export function goalOf(way: WayName, profile: ProfileName): Goal | undefined {
  const medianMs = MEDIANS_MS[profile];
  if (medianMs === undefined) return undefined;
  if (way === 'sync') return { medianMs, p95Ms: P95_MS, calibrationMs: SHORT_MS };
  if (way === 'sync-long' && profile === '0-40')
    return { medianMs: 1, p95Ms: P95_MS, calibrationMs: LONG_MS };
  return undefined;
}
