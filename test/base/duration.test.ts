import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, formatMilliseconds, parseDuration } from '../../src/base/index.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const YEAR_MS = 365 * 24 * HOUR_MS;

describe('parseDuration', () => {
  test.each([
    ['0', 0],
    ['7', 7 * SECOND_MS],
    ['2.5', 2500],
    ['007', 7 * SECOND_MS],
    ['500ms', 500],
    ['0.5ms', 0.5],
    ['20s', 20 * SECOND_MS],
    ['0.25s', 250],
    ['5m', 5 * MINUTE_MS],
    ['1m30s', 90 * SECOND_MS],
    ['1m500ms', MINUTE_MS + 500],
    ['90m', 90 * MINUTE_MS],
    ['2h', 2 * HOUR_MS],
    ['1.5h', 90 * MINUTE_MS],
    ['2h05m', 2 * HOUR_MS + 5 * MINUTE_MS],
    ['1h2m3s4ms', HOUR_MS + 2 * MINUTE_MS + 3 * SECOND_MS + 4],
    ['8760h', YEAR_MS],
    ['31536000', YEAR_MS],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    [''],
    [' '],
    ['7 '],
    [' 7'],
    ['7\n'],
    ['1m 30s'],
    ['-7'],
    ['+7'],
    ['.5'],
    ['5.'],
    ['1.2.3'],
    ['1,5'],
    ['1e3'],
    ['0x10'],
    ['Infinity'],
    ['NaN'],
    ['s'],
    ['ms'],
    ['7S'],
    ['5MS'],
    ['7sec'],
    ['1d'],
    ['30s1m'],
    ['1s1s'],
    ['1m30'],
    ['1ms1m'],
    ['٧'],
    ['8760h1ms'],
    ['31536001'],
    ['9'.repeat(400)],
    [`${'9'.repeat(400)}h`],
  ])('%j is no duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test('the sum of its parts, each left out or not', () => {
    const part = fc.option(fc.nat(999), { nil: undefined });
    fc.assert(
      fc.property(part, part, part, part, (h, m, s, ms) => {
        fc.pre([h, m, s, ms].some((value) => value !== undefined));
        const text = `${h ?? ''}${h === undefined ? '' : 'h'}${m === undefined ? '' : `${m}m`}${s === undefined ? '' : `${s}s`}${ms === undefined ? '' : `${ms}ms`}`;
        expect(parseDuration(text)).toBe(
          (h ?? 0) * HOUR_MS + (m ?? 0) * MINUTE_MS + (s ?? 0) * SECOND_MS + (ms ?? 0),
        );
      }),
    );
  });

  test('whatever the text: no duration, or one from 0 to a year', () => {
    const nearly = fc
      .array(fc.constantFrom('1', '0', '.', 'h', 'm', 's', 'ms', ' ', '-', 'e'), { maxLength: 8 })
      .map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string({ unit: 'binary' })), (text) => {
        const ms = parseDuration(text);
        expect(ms === undefined || (ms >= 0 && ms <= YEAR_MS)).toBe(true);
      }),
    );
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0ms'],
    [0.4, '0ms'],
    [350, '350ms'],
    [999.4, '999ms'],
    [999.5, '1s'],
    [2500, '2.5s'],
    [2000, '2s'],
    [59_949, '59.9s'],
    [59_950, '1m'],
    [61_000, '1m01s'],
    [90_000, '1m30s'],
    [3_599_499, '59m59s'],
    [3_599_500, '1h'],
    [2 * HOUR_MS + 5 * MINUTE_MS, '2h05m'],
    [2 * HOUR_MS + 5 * MINUTE_MS + 29_999, '2h05m'],
    [2 * HOUR_MS + 5 * MINUTE_MS + 30_000, '2h06m'],
    [3 * HOUR_MS - 1, '3h'],
    [YEAR_MS, '8760h'],
  ])('%d ms is shown as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('what is shown can be written in a playbook, and is off by half of its smallest unit at most', () => {
    const anyMs = fc.oneof(
      fc.double({ min: 0, max: 1000, noNaN: true }),
      fc.double({ min: 0, max: 2 * HOUR_MS, noNaN: true }),
      fc.integer({ min: 0, max: YEAR_MS }),
    );
    fc.assert(
      fc.property(anyMs, (ms) => {
        const shown = parseDuration(formatDuration(ms));
        expect(Math.abs((shown ?? Number.NaN) - ms)).toBeLessThanOrEqual(halfUnitMs(ms) + 1e-6);
      }),
    );
  });

  test('what is shown is shown the same when it is read and shown again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: YEAR_MS }), (ms) => {
        const text = formatDuration(ms);
        expect(formatDuration(parseDuration(text) ?? Number.NaN)).toBe(text);
      }),
    );
  });
});

function halfUnitMs(ms: number): number {
  if (ms < 999.5) return 0.5;
  if (ms < 59_950) return 50;
  return ms < 3_599_500 ? SECOND_MS / 2 : MINUTE_MS / 2;
}

test.each([
  [0, '0 ms'],
  [0.0004, '0 ms'],
  [0.0083, '0.008 ms'],
  [0.04, '0.04 ms'],
  [0.5, '0.5 ms'],
  [0.994, '0.99 ms'],
  [0.995, '1 ms'],
  [2.72, '2.7 ms'],
  [5, '5 ms'],
  [9.949, '9.9 ms'],
  [9.95, '10 ms'],
  [31.4, '31 ms'],
  [9999, '9999 ms'],
  [9999.5, '10s'],
])('%f milliseconds between two clocks are shown as %s', (ms, expected) => {
  expect(formatMilliseconds(ms)).toBe(expected);
});
