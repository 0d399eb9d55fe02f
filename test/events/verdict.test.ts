import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VERDICTS, type Verdict, worstVerdict } from '../../src/events/index.ts';

test('without anything that went wrong a run has passed', () => {
  expect(worstVerdict([])).toBe('passed');
  expect(worstVerdict(['passed', 'passed'])).toBe('passed');
});

test('interrupted outranks the broker, the broker a node, a node the time, the time a failure', () => {
  const ranked: Verdict[] = ['passed', 'failed', 'timed-out', 'unreachable', 'broker-lost', 'interrupted'];
  expect(VERDICTS).toEqual(ranked);
});

test('the order in which verdicts come does not matter', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...VERDICTS)), (verdicts) => {
      const worst = worstVerdict(verdicts);
      expect(worstVerdict(verdicts.toReversed())).toBe(worst);
      expect(verdicts.every((verdict) => VERDICTS.indexOf(verdict) <= VERDICTS.indexOf(worst))).toBe(true);
    }),
  );
});
