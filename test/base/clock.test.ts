import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/index.ts';

const firedAfterMs = (delayMs: number) =>
  new Promise<number>((resolve) => {
    const start = systemClock.now();
    systemClock.setTimer(delayMs, () => resolve(systemClock.now() - start));
  });

test('the system clock never fires early, also between two whole milliseconds', async () => {
  const delays = Array.from({ length: 40 }, (_, index) => index * 0.7);
  const waited = await Promise.all(delays.map(firedAfterMs));
  expect(waited.filter((ms, index) => ms < (delays[index] ?? 0))).toEqual([]);
});

test('a negative delay counts as 0', async () => {
  expect(await firedAfterMs(-5)).toBeGreaterThanOrEqual(0);
});

test('a delay longer than setTimeout can take neither fires at once nor makes Node.js warn', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  let fired = false;
  const dispose = systemClock.setTimer(2 ** 31 + 1000, () => {
    fired = true;
  });
  await firedAfterMs(20);
  dispose();
  process.off('warning', onWarning);
  expect(fired).toBe(false);
  expect(warnings.map(({ name }) => name)).toEqual([]);
});

test('a disposed timer does not fire; disposing again, or after the firing, does nothing', async () => {
  let fired = false;
  const dispose = systemClock.setTimer(1, () => {
    fired = true;
  });
  dispose();
  dispose();
  await firedAfterMs(20);
  expect(fired).toBe(false);

  const late = await new Promise<() => void>((resolve) => {
    const disposeLate = systemClock.setTimer(0, () => resolve(disposeLate));
  });
  expect(late).not.toThrow();
});

test('now() is monotonic and has fractions, wallNow() is the time of day', () => {
  const [first, second] = [systemClock.now(), systemClock.now()];
  expect(second).toBeGreaterThanOrEqual(first);
  expect(Math.abs(systemClock.wallNow() - Date.now())).toBeLessThan(60_000);
});
