import { expect, test } from 'vitest';
import { sleep } from '../../src/base/index.ts';
import { createFakeClock } from './fake-clock.ts';

test('fires in order of time, and timers of one instant in the order they were set', async () => {
  const clock = createFakeClock();
  const fired: string[] = [];
  for (const [name, delayMs] of [
    ['c', 30],
    ['a', 10],
    ['b1', 20],
    ['b2', 20],
    ['never', 101],
  ] as const) {
    clock.setTimer(delayMs, () => fired.push(`${name}@${clock.now()}`));
  }
  await clock.advance(100);
  expect(fired).toEqual(['a@10', 'b1@20', 'b2@20', 'c@30']);
  expect(clock.now()).toBe(100);
  expect(clock.pendingTimers()).toBe(1);
});

test('a wait that begins on the way ends on the way, at its own instant', async () => {
  const clock = createFakeClock();
  const instants: number[] = [];
  const waitThrice = async () => {
    for (const delayMs of [10, 0, 25]) {
      await sleep(clock, delayMs);
      instants.push(clock.now());
    }
  };
  const done = waitThrice();
  await clock.advance(34);
  expect(instants).toEqual([10, 10]);
  await clock.advance(1);
  expect(instants).toEqual([10, 10, 35]);
  await done;
});

test('a long chain of promises settles between two timers', async () => {
  const clock = createFakeClock();
  const seen: string[] = [];
  const chain = async () => {
    await sleep(clock, 10);
    for (let turn = 0; turn < 1000; turn += 1) await Promise.resolve();
    seen.push('chain');
  };
  const done = chain();
  clock.setTimer(11, () => seen.push('next timer'));
  await clock.advance(11);
  expect(seen).toEqual(['chain', 'next timer']);
  await done;
});

test('a disposed timer does not fire, also when the timer just before it disposes it', async () => {
  const clock = createFakeClock();
  const fired: string[] = [];
  const disposeSecond = clock.setTimer(10, () => fired.push('second'));
  clock.setTimer(5, () => disposeSecond());
  await clock.advance(10);
  expect(fired).toEqual([]);
  expect(clock.pendingTimers()).toBe(0);
});

test('the wall clock moves along, and a negative delay counts as 0', async () => {
  const clock = createFakeClock();
  const wallStart = clock.wallNow();
  let firedAt: number | undefined;
  await clock.advance(1500);
  clock.setTimer(-1000, () => {
    firedAt = clock.now();
  });
  await clock.advance(0);
  expect(firedAt).toBe(1500);
  expect(clock.wallNow() - wallStart).toBe(1500);
});

test('a second advance() while one is under way is a mistake of the test', async () => {
  const clock = createFakeClock();
  const first = clock.advance(10);
  await expect(clock.advance(10)).rejects.toThrow('advancing already');
  await first;
  expect(clock.now()).toBe(10);
});

test('goes from timer to timer until it is done, and no further', async () => {
  const clock = createFakeClock();
  let fired = 0;
  for (const delayMs of [10, 20, 30]) clock.setTimer(delayMs, () => (fired += 1));
  expect(await clock.advanceUntil(() => fired === 2, 1000)).toBe(true);
  expect(clock.now()).toBe(20);
  expect(await clock.advanceUntil(() => fired === 4, 1000)).toBe(false);
  expect(clock.now()).toBe(1020);
});

test('a timer that sets itself again without delay is a mistake of the test, not an endless test', async () => {
  const clock = createFakeClock();
  const again = (): void => void clock.setTimer(0, again);
  again();
  await expect(clock.advance(10)).rejects.toThrow('time stands still');
});
