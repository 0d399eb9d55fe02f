import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/index.ts';
import { createTestShell, type TestShell } from './test-shell.ts';

async function directoryOf(t: TestShell): Promise<string> {
  await t.runAs('where', 'where');
  const [control = ''] = t.lines('where');
  return dirname(control);
}

test('without its directory a shell says at each command what happened; what runs can still be ended', async () => {
  const t = createTestShell(`
    where() { echo "$MQTT_ORCHESTRATE_CONTROL"; }
    start() { sleep 1000 >/dev/null 2>&1 & }
  `);
  await t.load();
  await t.run('start');
  const directory = await directoryOf(t);
  // The shell may still be writing down its variables there.
  rmSync(directory, { recursive: true, maxRetries: 10 });
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const { code, stderrTail } = await t.run('where');
    expect(code).toBe(126);
    expect(stderrTail).toMatch(new RegExp(`${directory} was removed, .*Start the agent again; .*TMPDIR`));
  }
  expect(t.shell.findWork(new Set())).toHaveLength(1);
  expect(await t.shell.endLeftovers(new Set())).toEqual([]);
  expect(t.shell.findWork(new Set())).toEqual([]);
});

test('the directory does not grow old', async () => {
  const waitedLong: (() => void)[] = [];
  const clock: Clock = {
    ...systemClock,
    setTimer(delayMs, callback) {
      if (delayMs < 3_600_000) return systemClock.setTimer(delayMs, callback);
      waitedLong.push(callback);
      return () => {};
    },
  };
  const t = createTestShell('where() { echo "$MQTT_ORCHESTRATE_CONTROL"; }', { clock });
  await t.load();
  const directory = await directoryOf(t);
  const all = ['.', ...readdirSync(directory)].map((name) => join(directory, name));
  for (const path of all) utimesSync(path, 0, 0);
  expect(waitedLong).toHaveLength(1);
  waitedLong[0]?.();
  await expect.poll(() => Math.min(...all.map((path) => statSync(path).mtimeMs))).toBeGreaterThan(0);
  expect(waitedLong).toHaveLength(2);
});
