import { expect, test } from 'vitest';
import { createSparingLogger, silentLogger } from '../../src/base/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function createLog() {
  const lines: string[] = [];
  const clock = createFakeClock();
  const logger = createSparingLogger({ ...silentLogger, warn: (message) => lines.push(message) }, clock);
  return { lines, clock, logger };
}

test('passes on twenty warnings a minute, and says how many it left out', async () => {
  const { lines, clock, logger } = createLog();
  for (let number = 1; number <= 100_000; number += 1) logger.warn(`ignored ${number}`);
  expect(lines).toHaveLength(20);
  await clock.advance(59_999);
  expect(lines).toHaveLength(20);
  await clock.advance(1);
  expect(lines.at(-1)).toBe('99980 more warnings like these were left out');
  logger.warn('ignored again');
  expect(lines.at(-1)).toBe('ignored again');
});

test('says nothing more about a few', async () => {
  const { lines, clock, logger } = createLog();
  for (let number = 1; number <= 20; number += 1) logger.warn(`ignored ${number}`);
  await clock.advance(60_000);
  expect(lines).toHaveLength(20);
  expect(clock.pendingTimers()).toBe(0);
});

test('says at its close what it left out, and leaves no timer', () => {
  const { lines, clock, logger } = createLog();
  for (let number = 1; number <= 25; number += 1) logger.warn(`ignored ${number}`);
  logger.close();
  logger.close();
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('5 more warnings like these were left out');
  expect(clock.pendingTimers()).toBe(0);
});

test('is no bar to other levels', () => {
  const said: string[] = [];
  const logger = createSparingLogger(
    { debug: (message) => said.push(message), info: (message) => said.push(message), warn: () => {} },
    createFakeClock(),
  );
  for (let number = 0; number < 50; number += 1) {
    logger.debug('detail');
    logger.info('fact');
  }
  logger.close();
  expect(said).toHaveLength(100);
});
