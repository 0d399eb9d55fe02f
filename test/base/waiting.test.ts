import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { sleep, withTimeout } from '../../src/base/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';

describe('sleep', () => {
  test('ends at its time, not before', async () => {
    const clock = createFakeClock();
    let wokeAt: number | undefined;
    const slept = sleep(clock, 100).then(() => {
      wokeAt = clock.now();
    });
    await clock.advance(99);
    expect(wokeAt).toBeUndefined();
    await clock.advance(1);
    await slept;
    expect(wokeAt).toBe(100);
  });

  test('an abort ends it at once, with the reason, and leaves no timer', async () => {
    const clock = createFakeClock();
    const controller = new AbortController();
    const slept = sleep(clock, 100, controller.signal);
    const reason = new Error('interrupted');
    controller.abort(reason);
    await expect(slept).rejects.toBe(reason);
    expect(clock.pendingTimers()).toBe(0);
  });

  test('a signal that is aborted already: no timer at all', async () => {
    const clock = createFakeClock();
    const reason = new Error('interrupted');
    await expect(sleep(clock, 100, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(clock.pendingTimers()).toBe(0);
  });

  test('waits that ended leave no listener on the signal', async () => {
    const clock = createFakeClock();
    const { signal } = new AbortController();
    const waits = Array.from({ length: 10 }, () => sleep(clock, 1, signal));
    expect(getEventListeners(signal, 'abort')).toHaveLength(10);
    await clock.advance(1);
    await Promise.all(waits);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('withTimeout', () => {
  const never = new Promise<never>(() => {});

  test('the value of a promise that settles in time; no timer stays', async () => {
    const clock = createFakeClock();
    const value = withTimeout(
      clock,
      sleep(clock, 10).then(() => 'value'),
      11,
      () => 'too late',
    );
    await clock.advance(10);
    expect(await value).toBe('value');
    expect(clock.pendingTimers()).toBe(0);
  });

  test('the rejection of a promise that settles in time; no timer stays', async () => {
    const clock = createFakeClock();
    await expect(
      withTimeout(clock, Promise.reject(new Error('refused')), 10, () => 'too late'),
    ).rejects.toThrow('refused');
    expect(clock.pendingTimers()).toBe(0);
  });

  test('what onTimeout returns, once the time is over', async () => {
    const clock = createFakeClock();
    const value = withTimeout(clock, never, 10, () => `too late at ${clock.now()}`);
    await clock.advance(10);
    expect(await value).toBe('too late at 10');
  });

  test('what onTimeout throws is the rejection', async () => {
    const clock = createFakeClock();
    const value = withTimeout(clock, never, 10, () => {
      throw new Error('gone');
    });
    const rejected = expect(value).rejects.toThrow('gone');
    await clock.advance(10);
    await rejected;
  });

  test('a promise that is settled already beats a timeout of 0', async () => {
    const clock = createFakeClock();
    const value = withTimeout(clock, Promise.resolve('value'), 0, () => 'too late');
    await clock.advance(0);
    expect(await value).toBe('value');
  });

  test('a late rejection is swallowed', async () => {
    const clock = createFakeClock();
    const late = sleep(clock, 20).then(() => Promise.reject(new Error('late')));
    const value = withTimeout(clock, late, 10, () => 'too late');
    // An unhandled rejection would fail the test file.
    await clock.advance(20);
    expect(await value).toBe('too late');
  });
});
