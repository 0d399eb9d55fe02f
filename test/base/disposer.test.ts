import { expect, test } from 'vitest';
import { Disposer, type Logger } from '../../src/base/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const STEP_DEADLINE_MS = 3000;

function setUp() {
  const clock = createFakeClock();
  const warnings: string[] = [];
  const logger: Logger = { debug() {}, info() {}, warn: (message) => void warnings.push(message) };
  return { clock, warnings, disposer: new Disposer(clock, logger, STEP_DEADLINE_MS) };
}

const never = () => new Promise<never>(() => {});

test('steps run one after the other, the last one first', async () => {
  const { clock, disposer, warnings } = setUp();
  const said: string[] = [];
  disposer.add('close the broker', () => said.push('broker'));
  disposer.add('end the agent', async () => {
    said.push('agent begins');
    await Promise.resolve();
    said.push('agent ended');
  });
  disposer.add('stop the timer', () => said.push('timer'));
  await disposer.dispose();
  expect(said).toEqual(['timer', 'agent begins', 'agent ended', 'broker']);
  expect(warnings).toEqual([]);
  expect(clock.pendingTimers()).toBe(0);
});

test('a step that hangs is given up at its deadline and said; the next one runs', async () => {
  const { clock, disposer, warnings } = setUp();
  let closedAt: number | undefined;
  disposer.add('close the broker', () => {
    closedAt = clock.now();
  });
  disposer.add('end the agent', never);
  const disposed = disposer.dispose();
  await clock.advance(STEP_DEADLINE_MS - 1);
  expect(closedAt).toBeUndefined();
  await clock.advance(1);
  await disposed;
  expect(closedAt).toBe(STEP_DEADLINE_MS);
  expect(warnings).toEqual([`gave up waiting to end the agent after ${STEP_DEADLINE_MS} ms`]);
});

test('every step has its own deadline', async () => {
  const { clock, disposer, warnings } = setUp();
  for (const name of ['a', 'b', 'c']) disposer.add(`end ${name}`, never);
  const disposed = disposer.dispose();
  await clock.advance(3 * STEP_DEADLINE_MS);
  await disposed;
  expect(warnings.map((warning) => warning.split(' after')[0])).toEqual([
    'gave up waiting to end c',
    'gave up waiting to end b',
    'gave up waiting to end a',
  ]);
});

test('a step may have a deadline that is not that of the others', async () => {
  const { clock, disposer, warnings } = setUp();
  disposer.add('end a', never, 3 * STEP_DEADLINE_MS);
  const disposed = disposer.dispose();
  await clock.advance(3 * STEP_DEADLINE_MS - 1);
  expect(warnings).toEqual([]);
  await clock.advance(1);
  await disposed;
  expect(warnings).toEqual([`gave up waiting to end a after ${3 * STEP_DEADLINE_MS} ms`]);
});

test('a step that throws or rejects is reported and does not stop the next', async () => {
  const { disposer, warnings } = setUp();
  let closed = false;
  disposer.add('close the broker', () => {
    closed = true;
  });
  disposer.add('remove the folder', () => Promise.reject(new Error('EBUSY')));
  disposer.add('end the agent', () => {
    throw new Error('no such process');
  });
  await disposer.dispose();
  expect(closed).toBe(true);
  expect(warnings).toEqual([
    'could not end the agent: no such process',
    'could not remove the folder: EBUSY',
  ]);
});

test('a step that fails after it was given up harms nobody', async () => {
  const { clock, disposer, warnings } = setUp();
  let fail: (reason: Error) => void = () => {};
  disposer.add('end the agent', () => new Promise<never>((_, reject) => (fail = reject)));
  const disposed = disposer.dispose();
  await clock.advance(STEP_DEADLINE_MS);
  await disposed;
  fail(new Error('too late'));
  await clock.advance(0);
  expect(warnings).toHaveLength(1);
});

test('each step runs once, however often it is disposed', async () => {
  const { disposer } = setUp();
  let runs = 0;
  disposer.add('count', () => {
    runs += 1;
  });
  await disposer.dispose();
  await disposer.dispose();
  expect(runs).toBe(1);
});

test('disposed again while it is at it (a second Ctrl-C): same order, same end', async () => {
  const { clock, disposer } = setUp();
  const said: string[] = [];
  disposer.add('close the broker', () => said.push(`broker at ${clock.now()}`));
  disposer.add('end the agent', never);
  const both = Promise.all([disposer.dispose(), disposer.dispose()]).then(() => said.push('both disposed'));
  await clock.advance(STEP_DEADLINE_MS);
  await both;
  expect(said).toEqual([`broker at ${STEP_DEADLINE_MS}`, 'both disposed']);
});

test('a step added by a step, or after the end, is not forgotten', async () => {
  const { disposer } = setUp();
  const said: string[] = [];
  disposer.add('outer', () => {
    said.push('outer');
    disposer.add('inner', () => said.push('inner'));
  });
  await disposer.dispose();
  expect(said).toEqual(['outer', 'inner']);
  disposer.add('later', () => said.push('later'));
  await disposer.dispose();
  expect(said).toEqual(['outer', 'inner', 'later']);
});
