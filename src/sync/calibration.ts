import type { ClockEstimate } from './clock-estimate.ts';
import { MOST_KEPT } from './offset-estimator.ts';

/** No agent is pinged more often: what is sent right behind another packet shares its delay and tells nothing new. */
const SHORTEST_INTERVAL_MS = 20;
/** All pings together: beyond, they delay each other. */
const MOST_PINGS_PER_MS = 1;

/** Between two pings to a node, while clocks are measured. */
export function pingIntervalMs({
  nodes,
  jitterMs,
}: {
  readonly nodes: number;
  readonly jitterMs: number;
}): number {
  // On a link that keeps the order, pings closer than half the jitter wait for each other.
  return Math.max(SHORTEST_INTERVAL_MS, nodes / MOST_PINGS_PER_MS, jitterMs / 2);
}

/** With fewer, one delayed packet in twenty may be all that there is to go by. */
const FEWEST = 20;
/** Where delays vary at all. */
const FEWEST_WITH_JITTER = 60;
const JITTER_MS = 1;
/** Of what starts may differ by, so much may be the clocks' likely part. */
const PART_OF_CLOCKS = 1 / 4;

interface Aim {
  /** How many nodes start together. */
  readonly nodes: number;
  /** What their starts may differ by. */
  readonly maxSkewMs?: number | undefined;
}

/** How many round trips a node needs. */
export function samplesNeeded({ jitterMs }: ClockEstimate, { nodes, maxSkewMs }: Aim): number {
  const fewest = jitterMs > JITTER_MS ? FEWEST_WITH_JITTER : FEWEST;
  if (maxSkewMs === undefined) return fewest;
  const forAim = Math.ceil((jitterMs * spread(nodes)) / (PART_OF_CLOCKS * maxSkewMs));
  return Math.min(Math.max(fewest, forAim), MOST_KEPT);
}

/** True when more pings are not worth their time. */
export function isGoodEnough(estimate: ClockEstimate, aim: Aim): boolean {
  return estimate.samples >= samplesNeeded(estimate, aim);
}

/**
 * By how much the errors of several nodes' estimates are likely to differ: each is about jitter / samples, and of many
 * the extremes count.
 */
export function likelyClocksMs(estimates: readonly ClockEstimate[]): number {
  const errors = estimates.map(({ jitterMs, samples }) => jitterMs / Math.max(samples, 1));
  return estimates.length === 0 ? 0 : Math.max(...errors) * spread(estimates.length);
}

function spread(nodes: number): number {
  return Math.log(nodes) + 0.6;
}

/** By how much the errors of several nodes' estimates differ at most: the largest sum of two; of one node, its own. */
export function certainClocksMs(uncertaintiesMs: readonly number[]): number {
  const [largest = 0, second = 0] = uncertaintiesMs.toSorted((a, b) => b - a);
  return largest + second;
}
