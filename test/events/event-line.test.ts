import { expect, test } from 'vitest';
import { formatEvent, parseEvent, type RunEvent } from '../../src/events/index.ts';
import { EXAMPLES } from './event-examples.ts';

const head = { runId: 'r1', seq: 3, at: '2026-11-22T10:00:05.502Z', elapsedMs: 5502.25 };

test.each(Object.values(EXAMPLES))('$type is read as it was written', (body) => {
  const event: RunEvent = { ...head, ...body };
  expect(parseEvent(formatEvent(event))).toEqual(event);
});

test('a line has no control characters, and reads back what it stands for', () => {
  const message = 'bell \u0007, escape \u001b[2J, line\nfeed, \u009b, \u202e, \u2028, \ud800, \u{e0001}';
  const event: RunEvent = { ...head, type: 'warning-given', message };
  const line = formatEvent(event);
  expect(line).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u);
  expect(parseEvent(line)).toEqual(event);
});

test.each([
  '',
  'null',
  '7',
  '[]',
  '{}',
  '{"type":"run-started","runId":"r1","seq":1,"at":"2026',
  '{"type":7}',
])('%j is no event', (line) => {
  expect(parseEvent(line)).toBeUndefined();
});

test('a type and a field of a later version are no obstacle', () => {
  const later = { type: 'node-painted', ...head, colour: 'green' };
  expect(parseEvent(JSON.stringify(later))).toEqual(later);
});
