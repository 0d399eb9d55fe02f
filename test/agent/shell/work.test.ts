import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { psTable } from '../../../src/process/index.ts';
import { createTestShell } from './test-shell.ts';

const pidIn = (folder: string, file: string): string => readFileSync(join(folder, file), 'utf8').trim();

test('what runs is told by the command that started it, wherever it went', async () => {
  const t = createTestShell(`
init() { sleep 1000 & echo $! >init.pid; }
program() { sleep 1000 >/dev/null 2>&1 & echo $! >program.pid; }
loop() { { while :; do sleep 1000; done; } >/dev/null 2>&1 & echo $! >loop.pid; }
nameless() { (env -i setsid bash -c 'echo $$ >nameless.pid; exec sleep 1000' >/dev/null 2>&1 &)
  while ! [[ -s nameless.pid ]]; do sleep 0.01; done; }
wait_here() { update ready; sleep 1000; }
sleep 1000 >/dev/null 2>&1 &
`);
  await t.load();
  await t.runAs('init', 'init');
  for (const name of ['program', 'loop', 'nameless']) await t.runAs(`c-${name}`, name);
  const running = t.runAs('c-wait', 'wait_here');
  await t.until(() => t.updates.length === 1);

  const find = () =>
    new Map(t.shell.findWork(new Set(['init'])).map((work) => [work.commandId, work.processes]));
  await expect.poll(() => find().get('c-wait')).toEqual([expect.stringMatching(/^sleep \(\d+\)$/)]);
  const work = find();
  expect([...work.keys()].toSorted()).toEqual(['c-loop', 'c-nameless', 'c-program', 'c-wait']);
  expect(work.get('c-program')).toEqual([`sleep (${pidIn(t.folder, 'program.pid')})`]);
  expect(work.get('c-nameless')).toEqual([`sleep (${pidIn(t.folder, 'nameless.pid')})`]);
  expect(work.get('c-loop')).toEqual([
    `bash (${pidIn(t.folder, 'loop.pid')})`,
    expect.stringMatching(/^sleep \(\d+\)$/),
  ]);

  t.shell.interrupt();
  await running;
  await t.shell.endLeftovers(new Set(['init']));
  expect(t.shell.findWork(new Set(['init']))).toEqual([]);
});

test('nothing is there before the script is loaded, nor after the end', async () => {
  const t = createTestShell('start() { sleep 1000 & }');
  expect(t.shell.findWork(new Set())).toEqual([]);
  await t.load();
  await t.run('start');
  await t.shell.close();
  expect(t.shell.findWork(new Set())).toEqual([]);
});

test('a system that does not tell marks tells at least what runs', async () => {
  const t = createTestShell('start() { sleep 1000 >/dev/null 2>&1 & echo $! >pid; }', { processes: psTable });
  await t.load();
  await t.run('start');
  // A moment after the fork it still has the shell's name.
  await expect
    .poll(() => t.shell.findWork(new Set()).flatMap(({ processes }) => processes))
    .toEqual([`sleep (${pidIn(t.folder, 'pid')})`]);
});
