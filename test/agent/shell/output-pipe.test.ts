import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFifos } from '../../../src/agent/shell/fifo.ts';
import { OutputPipe } from '../../../src/agent/shell/output-pipe.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

/** A pipe under a clock that stands still, and a writer that never waits. */
async function createPipe() {
  const folder = mkdtempSync(join(tmpdir(), 'output-pipe-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'fifo');
  await createFifos([path]);
  const clock = createFakeClock();
  const lines: string[] = [];
  let wake = (): void => {};
  const pipe = new OutputPipe({
    path,
    clock,
    onLines: (some) => {
      lines.push(...some);
      wake();
    },
    onEnd: () => {
      lines.push('(end)');
      wake();
    },
  });
  onTestFinished(() => pipe.close());
  const writer = openSync(path, 'w');
  const until = (condition: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      wake = () => condition() && resolve();
      wake();
    });
  return { pipe, clock, lines, writer, until };
}

const BLOCK = `${'x'.repeat(63)}\n`.repeat(512); // 32 kB: the pipe takes it at once

test('what the cap holds back of a quiet background process is handed up after a minute', async () => {
  const { pipe, clock, lines, writer, until } = await createPipe();
  pipe.finishForeground();
  for (let block = 1; block <= 8; block += 1) {
    writeSync(writer, BLOCK);
    await until(() => lines.length === block * 512);
  }
  writeSync(writer, 'held back\n');
  while (clock.pendingTimers() < 2) await new Promise(setImmediate);
  expect(lines).not.toContain('held back');
  await clock.advance(60_000);
  expect(lines.at(-1)).toBe('held back');
  closeSync(writer);
});

test('above the cap, a background process waits for us', async () => {
  const { pipe, clock, lines, writer, until } = await createPipe();
  pipe.finishForeground();
  for (let block = 1; block <= 8; block += 1) {
    writeSync(writer, BLOCK);
    await until(() => lines.length === block * 512);
  }
  writeSync(writer, 'one too many\n');
  while (clock.pendingTimers() < 2) await new Promise(setImmediate);
  // The pipe holds 64 kB: with a reader, three blocks would go through in no time.
  writeSync(writer, BLOCK);
  writeSync(writer, BLOCK.slice(0, -64));
  await clock.advance(5);
  expect(lines).toHaveLength(8 * 512);
  closeSync(writer);
  while (!lines.includes('(end)')) {
    await clock.advance(10);
  }
  expect(lines.filter((line) => line.startsWith('x'))).toHaveLength(10 * 512 - 1);
  expect(clock.pendingTimers()).toBe(0);
});

test('while the function runs, nothing waits', async () => {
  const { pipe, lines, writer, until } = await createPipe();
  for (let block = 0; block < 40; block += 1) {
    writeSync(writer, BLOCK);
    await new Promise(setImmediate);
  }
  const { droppedBytes, tail } = pipe.finishForeground();
  expect(droppedBytes).toBe(40 * 32_768 - 2 * 256 * 1024);
  expect(tail).toBe(`${'x'.repeat(63)}\n`.repeat(63));
  closeSync(writer);
  await until(() => lines.at(-1) === '(end)');
});
