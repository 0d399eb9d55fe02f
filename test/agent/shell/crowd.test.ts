import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { isCrowded } from '../../../src/agent/shell/crowd.ts';
import { systemClock } from '../../../src/base/index.ts';
import { systemProcessTable } from '../../../src/process/index.ts';
import { createTestShell } from './test-shell.ts';

test('a machine with more living agents than cores is crowded', async () => {
  const shells = Array.from({ length: availableParallelism() + 1 }, () => createTestShell(':'));
  await Promise.all(shells.map((t) => t.load()));
  // Found out anew: what was seen before is of the time before.
  expect(isCrowded(systemProcessTable, systemClock, systemClock.now())).toBe(true);
});

test('agents that are gone are no crowd', async () => {
  const shells = Array.from({ length: availableParallelism() + 1 }, () => createTestShell(':'));
  await Promise.all(shells.map((t) => t.load()));
  const nobodyLives = { ...systemProcessTable, tellsDetails: true, find: () => undefined };
  expect(isCrowded(nobodyLives, systemClock)).toBe(false);
});
