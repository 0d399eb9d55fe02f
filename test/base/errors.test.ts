import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError, ERROR_CODES, errorMessage } from '../../src/base/index.ts';

describe('AppError', () => {
  test('carries what a person needs and the code that a program needs', () => {
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:1883');
    const error = new AppError('BROKER_UNREACHABLE', 'mqtt://127.0.0.1:1883 does not answer', {
      hint: 'Start a broker.',
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'AppError',
      code: 'BROKER_UNREACHABLE',
      message: 'mqtt://127.0.0.1:1883 does not answer',
      hint: 'Start a broker.',
    });
    expect(error.cause).toBe(cause);
  });

  test('without a hint and a cause it has none', () => {
    const error = new AppError('USAGE', 'no such option');
    expect(error.hint).toBeUndefined();
    expect('cause' in error).toBe(false);
  });

  test('every code says in one short sentence what is wrong', () => {
    for (const [code, meaning] of Object.entries(ERROR_CODES)) {
      expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
      expect(meaning).toMatch(/^[a-z].{10,60}[^.]$/);
    }
  });
});

describe('errorMessage', () => {
  test.each([
    ['an error', new Error('boom'), 'boom'],
    ['an error without a text', new TypeError(), 'TypeError'],
    ['a text', 'boom', 'boom'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a symbol', Symbol('boom'), 'Symbol(boom)'],
    ['an object without a text', Object.create(null), 'something that has no text was thrown'],
    [
      'errors of several addresses',
      new AggregateError([
        new Error('connect ECONNREFUSED ::1:1'),
        new Error('connect ECONNREFUSED 127.0.0.1:1'),
      ]),
      'connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1',
    ],
    ['several errors that are none', new AggregateError([]), 'AggregateError'],
    ['errors with a text of their own', new AggregateError([new Error('one')], 'all failed'), 'all failed'],
  ])('%s', (_what, thrown, text) => {
    expect(errorMessage(thrown)).toBe(text);
  });

  test('has a text for whatever was thrown', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (thrown) => {
        expect(typeof errorMessage(thrown)).toBe('string');
      }),
    );
  });
});
