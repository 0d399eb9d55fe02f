import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClockEstimate,
  certainClocksMs,
  isGoodEnough,
  leadMs,
  likelyClocksMs,
  measureStarts,
  pingIntervalMs,
  samplesNeeded,
} from '../../src/sync/index.ts';

function estimateOf(samples: number, jitterMs: number): ClockEstimate {
  return {
    offsetMs: 0,
    uncertaintyMs: 1,
    lowestMs: -1,
    highestMs: 1,
    samples,
    roundTripMs: { min: 1, p50: 1 + jitterMs, max: 1 + 2 * jitterMs },
    jitterMs,
  };
}

describe('between two pings to a node', () => {
  it.each([
    [1, 0, 20],
    [20, 0, 20],
    [50, 0, 50],
    [2000, 0, 2000],
    [2, 40, 20],
    [2, 100, 50],
    [200, 100, 200],
  ])('with %i nodes and %i ms of jitter there are %i ms', (nodes, jitterMs, expected) => {
    expect(pingIntervalMs({ nodes, jitterMs })).toBe(expected);
  });

  it('so that there are at most 1,000 pings a second in all', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1e4, noNaN: true }),
        (nodes, jitterMs) => {
          expect((nodes * 1000) / pingIntervalMs({ nodes, jitterMs })).toBeLessThanOrEqual(1000);
        },
      ),
    );
  });
});

describe('good enough', () => {
  it.each([
    ['20 pings where delays hardly vary', 20, 1, undefined, true],
    ['fewer are not', 19, 0, undefined, false],
    ['60 where they do', 60, 1.1, undefined, true],
    ['fewer are not, then', 59, 1.1, undefined, false],
    ['as many as a small MAXSKEW needs', 172, 5, 1, true],
    ['one less', 53, 5, 1, false],
    ['no fewer for a large MAXSKEW', 59, 5, 10_000, false],
    ['never more than are kept', 200, 40, 0.1, true],
  ])('%s', (_what, samples, jitterMs, maxSkewMs, expected) => {
    expect(isGoodEnough(estimateOf(samples, jitterMs), { nodes: 20, maxSkewMs })).toBe(expected);
  });

  it('for a MAXSKEW, when the likely part of the clocks is at most a quarter of it', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1.1, max: 100, noNaN: true }),
        fc.double({ min: 0.5, max: 100, noNaN: true }),
        fc.integer({ min: 1, max: 100 }),
        (jitterMs, maxSkewMs, nodes) => {
          const needed = samplesNeeded(estimateOf(0, jitterMs), { nodes, maxSkewMs });
          fc.pre(needed > 60 && needed < 200);
          const likely = (samples: number): number =>
            likelyClocksMs(Array.from({ length: nodes }, () => estimateOf(samples, jitterMs)));
          expect(likely(needed)).toBeLessThanOrEqual(maxSkewMs / 4);
          expect(likely(needed - 1)).toBeGreaterThan(maxSkewMs / 4);
        },
      ),
    );
  });
});

describe('the part of the clocks', () => {
  it('is likely (J / n) (ln N + 0.6), of the node where that is most', () => {
    expect(likelyClocksMs([estimateOf(60, 40), estimateOf(60, 10)])).toBeCloseTo(
      (40 / 60) * (Math.LN2 + 0.6),
      6,
    );
    expect(likelyClocksMs([])).toBe(0);
  });

  it('is certain as the largest sum of two', () => {
    expect(certainClocksMs([1, 3, 2])).toBe(5);
    expect(certainClocksMs([1])).toBe(1);
    expect(certainClocksMs([])).toBe(0);
  });
});

it('the lead lets two phases pass', () => {
  expect(leadMs({ nodes: 20, largestRoundTripMs: 80 })).toBe(2 * 80 + 100 + 60);
});

describe('starts', () => {
  it('differ by the last less the first', () => {
    const starts = [
      { node: 'a', startedMs: 0.4, uncertaintyMs: 1 },
      { node: 'b', startedMs: -0.2, uncertaintyMs: 0.5 },
      { node: 'c', startedMs: 1.1, uncertaintyMs: 0.7 },
    ];
    expect(measureStarts(starts)).toEqual({
      skewMs: expect.closeTo(1.3, 9),
      clocksMs: expect.closeTo(1.7, 9),
    });
  });

  it('of one node differ by nothing, of none by nothing that could be told', () => {
    expect(measureStarts([{ node: 'a', startedMs: 5, uncertaintyMs: 1 }])).toEqual({
      skewMs: 0,
      clocksMs: 1,
    });
    expect(measureStarts([])).toBeUndefined();
  });
});
