import { describe, expect, it } from 'vitest';
import { AppError, ERROR_CODES } from '../../src/base/index.ts';
import { EXIT_CODE_OF, formatError } from '../../src/cli/index.ts';

it('every error code has an exit code of the documented ones', () => {
  expect(Object.keys(EXIT_CODE_OF).sort()).toEqual(Object.keys(ERROR_CODES).sort());
  expect(new Set(Object.values(EXIT_CODE_OF))).toEqual(new Set([2, 4, 5, 6]));
});

describe('an AppError', () => {
  const error = new AppError('BROKER_UNREACHABLE', 'the broker mqtt://host:1883 cannot be reached', {
    hint: 'check the name',
    cause: new Error('connect failed', { cause: new Error('ECONNREFUSED') }),
  });

  it('is message, causes and hint', () => {
    expect(formatError(error, { debug: false })).toEqual({
      exitCode: 5,
      text: 'error: the broker mqtt://host:1883 cannot be reached\ncause: connect failed\ncause: ECONNREFUSED\nhint: check the name\n',
    });
  });

  it('has its stack with --debug', () => {
    expect(formatError(error, { debug: true }).text).toContain('errors.test.ts');
  });

  it('does not say twice what the message says', () => {
    const wrapped = new AppError('USAGE', 'cannot read x: EACCES', { cause: new Error('EACCES') });
    expect(formatError(wrapped, { debug: false }).text).toBe('error: cannot read x: EACCES\n');
  });
});

describe('anything else is a bug of ours', () => {
  it.each([[new TypeError('x is not a function')], ['a string'], [undefined]])('%s', (thrown) => {
    const { text, exitCode } = formatError(thrown, { debug: false });
    expect(exitCode).toBe(70);
    expect(text).toMatch(/^error: [\s\S]*report it/);
  });
});
