import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OffsetEstimator, type RoundTrip } from '../../src/sync/index.ts';

/** What became of one ping: milliseconds of a perfect clock. */
interface Ping {
  readonly afterMs: number;
  readonly thereMs: number;
  readonly heldMs: number;
  readonly backMs: number;
}

/** Two clocks that started at some time and run a little wrong. */
interface Clocks {
  readonly control: { readonly start: number; readonly rate: number };
  readonly agent: { readonly start: number; readonly rate: number };
}

const PPM_50 = 50e-6;
const KEPT_MS = 60_000;

const delay = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.double({ min: 0, max: 50, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 20_000, noNaN: true }) },
);
const ping: fc.Arbitrary<Ping> = fc.record({
  afterMs: fc.oneof(
    { weight: 6, arbitrary: fc.double({ min: 0, max: 100, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 30_000, noNaN: true }) },
  ),
  thereMs: delay,
  heldMs: fc.double({ min: 0, max: 5, noNaN: true }),
  backMs: delay,
});
const clock = fc.record({
  start: fc.double({ min: 0, max: 1e10, noNaN: true }),
  rate: fc
    .oneof(fc.constantFrom(-PPM_50, 0, PPM_50), fc.double({ min: -PPM_50, max: PPM_50, noNaN: true }))
    .map((wrong) => 1 + wrong),
});
const clocks: fc.Arbitrary<Clocks> = fc.record({ control: clock, agent: clock });

/** The round trips, each with when it was over, in the order of their pongs. */
function play(pings: readonly Ping[], { control, agent }: Clocks) {
  const read = ({ start, rate }: Clocks['control'], at: number): number => start + rate * at;
  let leftAt = 0;
  const trips = pings.map(({ afterMs, thereMs, heldMs, backMs }) => {
    leftAt += afterMs;
    const arrivedAt = leftAt + thereMs;
    const endedAt = arrivedAt + heldMs + backMs;
    const trip: RoundTrip = {
      t0: read(control, leftAt),
      t1: read(agent, arrivedAt),
      t2: read(agent, arrivedAt + heldMs),
      t3: read(control, endedAt),
    };
    return { trip, endedAt };
  });
  return {
    trips: trips.toSorted((a, b) => a.endedAt - b.endedAt),
    /** Both at a time of the perfect clock. */
    now: (at: number) => read(control, at),
    offset: (at: number) => read(agent, at) - read(control, at),
  };
}

function expectTrue(estimator: OffsetEstimator, now: number, offset: number): void {
  const estimate = estimator.estimate(now);
  if (!estimate) return;
  const { offsetMs, uncertaintyMs, lowestMs, highestMs } = estimate;
  expect(Math.abs(offset - offsetMs)).toBeLessThanOrEqual(uncertaintyMs);
  expect(offset).toBeGreaterThanOrEqual(lowestMs);
  expect(offset).toBeLessThanOrEqual(highestMs);
}

const trip = (t0: number, there: number, back: number, offset = 1000): RoundTrip => ({
  t0,
  t1: t0 + there + offset,
  t2: t0 + there + 0.2 + offset,
  t3: t0 + there + 0.2 + back,
});

function estimatorOf(trips: readonly RoundTrip[]): OffsetEstimator {
  const estimator = new OffsetEstimator();
  for (const each of trips) estimator.add(each);
  return estimator;
}

describe('whatever the delays, and with both clocks up to 50 ppm wrong', () => {
  it('the true offset is within the uncertainty, at once and later', () => {
    fc.assert(
      fc.property(
        fc.array(ping, { minLength: 1, maxLength: 300 }),
        clocks,
        fc.double({ min: 0, max: KEPT_MS, noNaN: true }),
        (pings, both, laterMs) => {
          const { trips, now, offset } = play(pings, both);
          const estimator = new OffsetEstimator();
          let last = 0;
          for (const each of trips) {
            estimator.add(each.trip);
            expectTrue(estimator, now(each.endedAt), offset(each.endedAt));
            last = each.endedAt;
          }
          expectTrue(estimator, now(last + laterMs), offset(last + laterMs));
        },
      ),
    );
  });

  it('it was so a moment ago, too: for what is known of that moment only later', () => {
    fc.assert(
      fc.property(
        fc.array(ping, { minLength: 1, maxLength: 50 }),
        clocks,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (pings, both, part) => {
          const { trips, now, offset } = play(pings, both);
          const at = part * Math.max(...trips.map(({ endedAt }) => endedAt));
          expectTrue(estimatorOf(trips.map((each) => each.trip)), now(at), offset(at));
        },
      ),
    );
  });

  it('one more round trip never makes it less certain', () => {
    fc.assert(
      fc.property(fc.array(ping, { minLength: 2, maxLength: 300 }), clocks, (pings, both) => {
        const { trips, now } = play(pings, both);
        const estimator = new OffsetEstimator();
        for (const { trip: each, endedAt } of trips) {
          const before = estimator.estimate(now(endedAt));
          estimator.add(each);
          const after = estimator.estimate(now(endedAt));
          if (!before || !after) continue;
          expect(after.lowestMs).toBeGreaterThanOrEqual(before.lowestMs);
          expect(after.highestMs).toBeLessThanOrEqual(before.highestMs);
        }
      }),
    );
  });

  it('as time goes by it becomes less certain, until nothing is known', () => {
    const estimator = estimatorOf([trip(0, 1, 1)]);
    const uncertainties = [3, 1000, 30_000, KEPT_MS].map(
      (now) => estimator.estimate(now)?.uncertaintyMs ?? 0,
    );
    expect(uncertainties).toEqual(uncertainties.toSorted((a, b) => a - b));
    expect(uncertainties.at(-1)).toBeCloseTo(1 + KEPT_MS * 100e-6, 1);
    expect(estimator.estimate(KEPT_MS + 1)).toBeUndefined();
  });

  it('at most 200 round trips are kept, however many come', () => {
    fc.assert(
      fc.property(fc.array(ping, { minLength: 201, maxLength: 400 }), clocks, (pings, both) => {
        const estimator = estimatorOf(play(pings, both).trips.map((each) => each.trip));
        expect(estimator.size).toBeLessThanOrEqual(200);
        expect(estimator.size).toBeGreaterThan(0);
      }),
    );
  });
});

describe('an estimate', () => {
  it('says what it is made of', () => {
    const trips = Array.from({ length: 20 }, (_, n) => trip(n * 20, 1 + n, 21 - n - 1));
    const estimate = estimatorOf(trips).estimate(400);
    expect(estimate?.offsetMs).toBeCloseTo(1000, 1);
    expect(estimate?.uncertaintyMs).toBeCloseTo(1, 1);
    expect(estimate?.samples).toBe(20);
    expect(estimate?.roundTripMs.min).toBeCloseTo(21, 6);
    expect(estimate?.roundTripMs.p50).toBeCloseTo(21, 6);
    expect(estimate?.roundTripMs.max).toBeCloseTo(21, 6);
    expect(estimate?.jitterMs).toBeCloseTo(19, 0);
  });

  it('takes the best way there and the best way back, whichever round trips they belong to', () => {
    const estimate = estimatorOf([trip(0, 0.1, 40), trip(50, 40, 0.1)]).estimate(90);
    expect(estimate?.offsetMs).toBeCloseTo(1000, 1);
    expect(estimate?.uncertaintyMs).toBeLessThan(0.12);
  });

  it('keeps the best, however many others come within the minute', () => {
    const best = [trip(0, 0.1, 5), trip(20, 5, 0.1)];
    const others = Array.from({ length: 400 }, (_, n) => trip(40 + n * 20, 4, 4));
    const estimate = estimatorOf([...best, ...others]).estimate(8100);
    expect(estimate?.uncertaintyMs).toBeLessThan(0.1 + 8100 * 100e-6 + 0.1);
    expect(estimate?.samples).toBe(200);
  });

  it('does not care for outliers', () => {
    const good = Array.from({ length: 30 }, (_, n) => trip(n * 20, 1 + (n % 7) / 10, 1 + (n % 5) / 10));
    const late = Array.from({ length: 30 }, (_, n) => trip(n * 20 + 5, n % 2 ? 2 : 500, n % 2 ? 300 : 2));
    const before = estimatorOf(good).estimate(2000);
    const after = estimatorOf([...good, ...late]).estimate(2000);
    expect(after?.offsetMs).toBe(before?.offsetMs);
    expect(after?.uncertaintyMs).toBe(before?.uncertaintyMs);
  });

  it('is of the last minute, and counts the pings of the last ten seconds', () => {
    const estimator = estimatorOf([trip(0, 1, 1), trip(45_000, 1, 1), trip(51_000, 1, 1)]);
    expect(estimator.estimate(59_000)?.samples).toBe(1);
    expect(estimator.size).toBe(3);
    estimator.add(trip(70_000, 1, 1));
    expect(estimator.size).toBe(3);
  });

  it('there is none before the first pong, and none after everything was forgotten', () => {
    expect(new OffsetEstimator().estimate(0)).toBeUndefined();
    const estimator = estimatorOf([trip(0, 1, 1)]);
    estimator.forget();
    expect(estimator.estimate(10)).toBeUndefined();
  });
});

describe('a clock that jumps', () => {
  const short = fc.double({ min: 0, max: 50, noNaN: true });
  const pingsOf = (minLength: number): fc.Arbitrary<readonly Ping[]> =>
    fc.array(fc.record({ afterMs: short, thereMs: short, heldMs: fc.constant(0.2), backMs: short }), {
      minLength,
      maxLength: 100,
    });
  const jumped = (trips: readonly RoundTrip[], byMs: number, laterMs: number): readonly RoundTrip[] =>
    trips.map(({ t0, t1, t2, t3 }) => ({
      t0: t0 + laterMs,
      t1: t1 + laterMs + byMs,
      t2: t2 + laterMs + byMs,
      t3: t3 + laterMs,
    }));
  const perfect: Clocks = { control: { start: 0, rate: 1 }, agent: { start: 5000, rate: 1 } };
  const byMs = fc.oneof(
    fc.double({ min: -1e6, max: -120, noNaN: true }),
    fc.double({ min: 120, max: 1e6, noNaN: true }),
  );

  it('further than any delay, is noticed by the first pong', () => {
    fc.assert(
      fc.property(pingsOf(1), pingsOf(1), byMs, (before, after, jumpMs) => {
        const { trips } = play(before, perfect);
        const estimator = estimatorOf(trips.map((each) => each.trip));
        const since = Math.max(...trips.map(({ endedAt }) => endedAt));
        for (const each of jumped(
          play(after, perfect).trips.map((one) => one.trip),
          jumpMs,
          since,
        )) {
          estimator.add(each);
          expectTrue(estimator, each.t3, 5000 + jumpMs);
        }
      }),
    );
  });

  it('by less, is over with after a minute', () => {
    fc.assert(
      fc.property(
        pingsOf(1),
        pingsOf(1),
        fc.double({ min: -200, max: 200, noNaN: true }),
        (before, after, jumpMs) => {
          const { trips } = play(before, perfect);
          const estimator = estimatorOf(trips.map((each) => each.trip));
          const since = Math.max(...trips.map(({ endedAt }) => endedAt)) + KEPT_MS;
          for (const each of jumped(
            play(after, perfect).trips.map((one) => one.trip),
            jumpMs,
            since,
          )) {
            estimator.add(each);
            expectTrue(estimator, each.t3, 5000 + jumpMs);
          }
        },
      ),
    );
  });

  it('while a ping was under way, spoils that ping alone', () => {
    const whole = trip(100, 1, 1);
    const torn = { ...trip(50, 1, 1), t2: trip(50, 1, 1).t2 + 3000 };
    const estimator = estimatorOf([trip(0, 1, 1), torn, whole]);
    expectTrue(estimator, 110, 1000);
    expect(estimator.size).toBe(2);
  });
});

it('takes any numbers that an agent may send', () => {
  const number = fc.oneof(fc.double(), fc.double({ min: 0, max: 1e6, noNaN: true }));
  const trips = fc.array(fc.record({ t0: number, t1: number, t2: number, t3: number }), { maxLength: 50 });
  fc.assert(
    fc.property(trips, fc.double({ min: -1e12, max: 1e12, noNaN: true }), (all, now) => {
      const { uncertaintyMs = 0 } = estimatorOf(all).estimate(now) ?? {};
      expect(uncertaintyMs).toBeGreaterThanOrEqual(0);
      expect(uncertaintyMs).toBeLessThan(Number.POSITIVE_INFINITY);
    }),
  );
});
