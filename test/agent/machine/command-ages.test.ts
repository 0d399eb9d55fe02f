import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CommandAges } from '../../../src/agent/machine/command-ages.ts';

const MINUTE_MS = 60_000;

test('the first message of a clock is taken as fresh, whatever the clocks say', () => {
  expect(new CommandAges().ageOf('a', 5_000_000, 10)).toBe(0);
});

test('a message is as old as it took longer than the fastest one', () => {
  const ages = new CommandAges();
  ages.ageOf('a', 1000, 500);
  expect(ages.ageOf('a', 2000, 1570)).toBe(70);
  expect(ages.ageOf('a', 3000, 2480)).toBe(0);
  expect(ages.ageOf('a', 4000, 3500)).toBe(20);
});

test('clocks do not mix', () => {
  const ages = new CommandAges();
  ages.ageOf('a', 0, 0);
  expect(ages.ageOf('b', 0, 99_000)).toBe(0);
  expect(ages.ageOf('a', 1000, 1200)).toBe(200);
});

test('the fastest message counts for ten minutes, so that drifting clocks are followed', () => {
  const ages = new CommandAges();
  ages.ageOf('a', 0, 0);
  expect(ages.ageOf('a', 9 * MINUTE_MS, 9 * MINUTE_MS + 100)).toBe(100);
  expect(ages.ageOf('a', 11 * MINUTE_MS, 11 * MINUTE_MS + 100)).toBe(0);
});

test('the clock that was not heard of for longest is forgotten beyond 64', () => {
  const ages = new CommandAges();
  ages.ageOf('kept', 0, 0);
  ages.ageOf('forgotten', 0, 0);
  for (let n = 0; n < 62; n += 1) ages.ageOf(`clock${n}`, 0, 1);
  ages.ageOf('kept', 1, 1);
  ages.ageOf('one more', 0, 2);
  expect(ages.ageOf('kept', 0, 500)).toBe(500);
  expect(ages.ageOf('forgotten', 0, 500)).toBe(0);
});

test('an age is never negative, and 0 for the fastest', () => {
  const message = fc.record({ sent: fc.integer(), delayMs: fc.nat(100_000) });
  fc.assert(
    fc.property(fc.array(message, { minLength: 1 }), (messages) => {
      const ages = new CommandAges();
      let fastest = Number.POSITIVE_INFINITY;
      for (const { delayMs } of messages) {
        // Sent and received in the same minute, on two clocks that differ by 7.
        const age = ages.ageOf('a', -7, -7 + delayMs);
        fastest = Math.min(fastest, delayMs);
        if (delayMs < MINUTE_MS) expect(age).toBeGreaterThanOrEqual(0);
        if (delayMs === fastest) expect(age).toBe(0);
      }
    }),
  );
});
