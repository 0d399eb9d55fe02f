import { describe, expect, it } from 'vitest';
import { type ClockEstimate, OffsetEstimator } from '../../src/sync/index.ts';
import { createTraces, type ProfileName } from './traces.ts';

interface Table {
  /** How far off estimates were, the smallest first. */
  readonly errors: readonly number[];
  /** The same, had the middle between the bounds been taken. */
  readonly errorsOfMiddle: readonly number[];
  readonly uncertainties: readonly number[];
  /** By how much the errors of the nodes of one field differ. */
  readonly ranges: readonly number[];
  readonly likely: readonly number[];
}

const NODES = 20;
const FIELDS = 12;

function measure(profile: ProfileName, pingsPerNode: number, drift = 0): Table {
  const fields = Array.from({ length: FIELDS }, (_, seed) => {
    const traces = createTraces({ profile, nodes: NODES, pingsPerNode, intervalMs: 20, seed, drift });
    return traces.map(({ trips, offsetAt }) => {
      const estimator = new OffsetEstimator();
      for (const trip of trips) estimator.add(trip);
      const now = trips.at(-1)?.t3 ?? 0;
      const estimate = estimator.estimate(now) ?? expect.fail('no estimate');
      return { estimate, truth: offsetAt(now) };
    });
  });
  const all = fields.flat();
  for (const { estimate, truth } of all) {
    expect(Math.abs(estimate.offsetMs - truth)).toBeLessThanOrEqual(estimate.uncertaintyMs);
    expect(estimate.samples).toBe(pingsPerNode);
  }
  const errorOf = (offsetMs: number, truth: number): number => Math.abs(offsetMs - truth);
  const middle = ({ lowestMs, highestMs }: ClockEstimate): number => (lowestMs + highestMs) / 2;
  return {
    errors: sorted(all.map(({ estimate, truth }) => errorOf(estimate.offsetMs, truth))),
    errorsOfMiddle: sorted(all.map(({ estimate, truth }) => errorOf(middle(estimate), truth))),
    uncertainties: sorted(all.map(({ estimate }) => estimate.uncertaintyMs)),
    ranges: sorted(
      fields.map((field) => {
        const errors = field.map(({ estimate, truth }) => estimate.offsetMs - truth);
        return Math.max(...errors) - Math.min(...errors);
      }),
    ),
    likely: sorted(
      all.map(({ estimate }) => (estimate.jitterMs / estimate.samples) * (Math.log(NODES) + 0.6)),
    ),
  };
}

const sorted = (numbers: readonly number[]): readonly number[] => numbers.toSorted((a, b) => a - b);
const part = (numbers: readonly number[], of: number): number =>
  numbers[Math.floor(of * numbers.length)] ?? 0;
const p50 = (numbers: readonly number[]): number => part(numbers, 0.5);
const p95 = (numbers: readonly number[]): number => part(numbers, 0.95);

/** What was measured with real processes on such links, in milliseconds; twice as much is let pass. */
const MEASURED: readonly (readonly [
  ProfileName,
  pings: number,
  p50: number,
  p95: number,
  uncertainty: number,
])[] = [
  ['J0', 20, 0.03, 0.07, 0.5],
  ['J0', 60, 0.03, 0.05, 0.5],
  ['J5', 20, 0.18, 0.48, 1.3],
  ['J5', 60, 0.1, 0.36, 1.3],
  ['J20', 20, 0.34, 1.4, 1.7],
  ['J20', 60, 0.21, 0.59, 1.7],
  ['J40', 20, 0.63, 2.8, 2.3],
  ['J40', 60, 0.26, 1.5, 1.4],
  ['J40', 200, 0.17, 0.52, 1],
  ['heavy tail', 20, 0.17, 0.5, 1.05],
  ['heavy tail', 60, 0.1, 0.33, 1.05],
  ['asymmetric by 10', 60, 4.6, 4.8, 5.7],
  ['two jittery legs', 60, 1.1, 3.3, 27],
  ['two jittery legs', 200, 0.72, 2.1, 27],
];
const LEEWAY = 2;

describe('on links like those that were measured', () => {
  it.each(MEASURED)('%s, %i pings', (profile, pings, half, most, uncertainty) => {
    const { errors, uncertainties } = measure(profile, pings);
    expect(p50(errors)).toBeLessThan(half * LEEWAY);
    expect(p95(errors)).toBeLessThan(most * LEEWAY);
    expect(p50(uncertainties)).toBeLessThan(uncertainty * LEEWAY);
  });

  it.each(['J0', 'J20', 'J40'] as const)(
    '%s: the truth stays within the uncertainty with 100 ppm of drift',
    (profile) => {
      measure(profile, 200, 100e-6);
      measure(profile, 200, -100e-6);
    },
  );

  it.each(['J5', 'J20', 'J40'] as const)(
    '%s: what the clocks are likely to take from a start is what they do',
    (profile) => {
      const { likely, ranges } = measure(profile, 60);
      expect(p50(ranges) / p50(likely)).toBeGreaterThan(1 / 2);
      expect(p50(ranges) / p50(likely)).toBeLessThan(2);
    },
  );
});

describe('where both ends of every path jitter', () => {
  it.each([60, 200])('several short delays tell more than the shortest: %i pings', (pings) => {
    const { errors, errorsOfMiddle } = measure('two jittery legs', pings);
    expect(p50(errors)).toBeLessThan(0.8 * p50(errorsOfMiddle));
    expect(p95(errors)).toBeLessThan(0.8 * p95(errorsOfMiddle));
  });

  it.each(MEASURED.filter(([profile]) => profile !== 'two jittery legs'))(
    'and nowhere else do they do harm: %s, %i pings',
    (profile, pings) => {
      const { errors, errorsOfMiddle } = measure(profile, pings);
      expect(p50(errors)).toBeLessThan(1.15 * p50(errorsOfMiddle) + 0.01);
      expect(p95(errors)).toBeLessThan(1.15 * p95(errorsOfMiddle) + 0.01);
    },
  );
});
