import { expect, it } from 'vitest';
import { OwnCommands } from '../../src/run/own-commands.ts';

it('knows at least the latest ten thousand, and at most twice as many', () => {
  const commands = new OwnCommands();
  for (let n = 1; n <= 35_000; n += 1) {
    commands.add(`c${n}`);
    expect(commands.size).toBeLessThanOrEqual(20_000);
  }
  expect(commands.has('c35000')).toBe(true);
  expect(commands.has('c25001')).toBe(true);
  expect(commands.has('c15000')).toBe(false);
});
