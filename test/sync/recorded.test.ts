import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { OffsetEstimator, type RoundTrip } from '../../src/sync/index.ts';

/**
 * What a control machine and two agents, each a process of its own, measured over mosquitto and a relay that held up what
 * passed it. They shared a machine and so its monotonic clock: the true offset is known to a few microseconds.
 */
const FIXTURE = new URL('../fixtures/round-trips.csv', import.meta.url);
const TRUTH_MS = 0.005;

interface Recording {
  readonly offsetMs: number;
  readonly trips: RoundTrip[];
}

const recordings = new Map<string, Recording>();
for (const line of readFileSync(FIXTURE, 'utf8').trimEnd().split('\n').slice(1)) {
  const [link = '', node = '', ...numbers] = line.split(',');
  const [offsetMs = 0, t0 = 0, t1 = 0, t2 = 0, t3 = 0] = numbers.map(Number);
  const name = `${link}, ${node}`;
  const recording = recordings.get(name) ?? { offsetMs, trips: [] };
  recording.trips.push({ t0, t1, t2, t3 });
  recordings.set(name, recording);
}

/** How far off the estimate may be in the end, and how uncertain. */
const LIMITS: Readonly<Record<string, readonly [errorMs: number, uncertaintyMs: number]>> = {
  'no delay, node1': [0.1, 0.6],
  'no delay, node2': [0.1, 0.6],
  '0 to 20 ms, node1': [1, 3],
  '0 to 20 ms, node2': [1, 3],
  'two legs of 0 to 40 ms, node1': [4, 40],
  'two legs of 0 to 40 ms, node2': [4, 40],
};

describe('what was measured with real agents', () => {
  it('is there', () => {
    expect([...recordings.keys()]).toEqual(Object.keys(LIMITS));
  });

  it.each([...recordings])(
    '%s: the truth is within the uncertainty from the first pong on',
    (_name, { offsetMs, trips }) => {
      const estimator = new OffsetEstimator();
      for (const trip of trips) {
        estimator.add(trip);
        const estimate = estimator.estimate(trip.t3) ?? expect.fail();
        expect(Math.abs(estimate.offsetMs - offsetMs)).toBeLessThanOrEqual(estimate.uncertaintyMs + TRUTH_MS);
      }
    },
  );

  it.each([...recordings])('%s: it is known well in the end', (name, { offsetMs, trips }) => {
    const estimator = new OffsetEstimator();
    for (const trip of trips) estimator.add(trip);
    const estimate = estimator.estimate(trips.at(-1)?.t3 ?? 0) ?? expect.fail();
    const [errorMs, uncertaintyMs] = LIMITS[name] ?? expect.fail();
    expect(estimate.samples).toBe(trips.length);
    expect(Math.abs(estimate.offsetMs - offsetMs)).toBeLessThan(errorMs);
    expect(estimate.uncertaintyMs).toBeLessThan(uncertaintyMs);
  });
});
