import { expect, test } from 'vitest';
import { Inquiry } from '../../../src/run/node/inquiry.ts';

test('is asked again until it is answered, and keeps the answer', () => {
  const inquiry = new Inquiry<{ readonly id: string }>(1000);
  inquiry.ask('q1', '_inspect', ['x'], 5000);
  expect(inquiry.takeDue(5000)).toEqual({ id: 'q1', verb: '_inspect', args: ['x'] });
  expect(inquiry.takeDue(5999)).toBeUndefined();
  expect(inquiry.takeDue(6000)).toMatchObject({ id: 'q1' });
  inquiry.hear({ id: 'q1' });
  expect(inquiry.answer).toEqual({ id: 'q1' });
  expect(inquiry.nextDeadline()).toBe(Number.POSITIVE_INFINITY);
});

test('what answers somebody else, or a question of before, is no answer', () => {
  const inquiry = new Inquiry<{ readonly id: string }>(1000);
  inquiry.ask('q1', '_inspect', [], 0);
  inquiry.ask('q2', '_inspect', [], 1);
  inquiry.hear({ id: 'theirs' });
  inquiry.hear({ id: 'q1' });
  expect(inquiry.answer).toBeUndefined();
  inquiry.hear({ id: 'q2' });
  inquiry.ask('q3', '_inspect', [], 2);
  expect(inquiry.answer).toBeUndefined();
});
