import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import {
  endProcesses,
  type ProcessInfo,
  psTable,
  signalProcess,
  systemProcessTable,
  withDescendants,
} from '../../src/process/index.ts';

/** A bash that has printed a line, so that everything before it in the script is done. */
async function startBash(script: string, environment: Record<string, string> = {}): Promise<ChildProcess> {
  const child = spawn('bash', ['-c', script], {
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
      await once(child, 'exit');
    }
  });
  if (child.stdout) await once(child.stdout, 'data');
  return child;
}

const marked = (entry: string) => () =>
  systemProcessTable.list().filter(({ pid }) => systemProcessTable.environmentHas(pid, new Set([entry])));

describe.each([
  ['the table of this system', systemProcessTable],
  ['the table of ps', psTable],
])('%s', (_, table) => {
  test('knows this process and its parent', () => {
    expect(table.find(process.pid)).toMatchObject({ pid: process.pid, parentPid: process.ppid });
    expect(table.list().find(({ pid }) => pid === process.pid)?.startMark).toBe(
      table.find(process.pid)?.startMark,
    );
  });

  test('knows a child, its group and its name, and that it is gone', async () => {
    const child = await startBash('echo; sleep 1000; :');
    const pid = child.pid ?? 0;
    expect(table.find(pid)).toMatchObject({ pid, parentPid: process.pid, groupId: pid, name: 'bash' });
    // Its group: the sleep would outlive it.
    process.kill(-pid, 'SIGKILL');
    await once(child, 'exit');
    expect(table.find(pid)).toBe(undefined);
  });

  test('a zombie is no running process', async () => {
    const child = await startBash('sleep 0.01 & echo $!; exec sleep 1000');
    const below = (): boolean => table.list().some(({ parentPid }) => parentPid === child.pid);
    while (below()) await new Promise(setImmediate);
    expect(below()).toBe(false);
  });
});

test('a process with blanks and parentheses in its name', async () => {
  const child = await startBash(
    'exec -a x bash -c "printf \') R 1 (\' >/proc/self/comm; echo; read -r -u 1 || sleep 1000"',
  );
  expect(systemProcessTable.find(child.pid ?? 0)).toMatchObject({ name: ') R 1 (', parentPid: process.pid });
});

test('descendants are found however deep, in any order', () => {
  const info = (pid: number, parentPid: number): ProcessInfo => ({
    pid,
    parentPid,
    groupId: 1,
    name: 'x',
    startMark: '',
    startOrder: 0,
  });
  const all = [info(9, 5), info(5, 3), info(3, 2), info(2, 1), info(4, 2), info(7, 6)];
  expect(withDescendants(all, [info(3, 2), info(6, 1)]).map(({ pid }) => pid)).toEqual([3, 6, 5, 7, 9]);
});

test('a signal goes only to the process that was seen, not to another with its pid', async () => {
  const child = await startBash('trap "echo got it" TERM; echo; while :; do read -r -t 0.01 -u 1; done');
  const seen = systemProcessTable.find(child.pid ?? 0);
  if (!seen) throw new Error('the child is not there');
  signalProcess(systemProcessTable, { ...seen, startMark: 'another' }, 'SIGKILL');
  expect(systemProcessTable.find(seen.pid)).toBeDefined();
  const answer = child.stdout && once(child.stdout, 'data');
  signalProcess(systemProcessTable, seen, 'SIGTERM');
  expect(String(await answer)).toBe('got it\n');
});

test('what ends at SIGTERM is not killed, what does not is, and so is what it started meanwhile', async () => {
  const entry = 'PROCESS_TEST=1';
  const mark = { PROCESS_TEST: '1' };
  const gentle = await startBash('trap "exit 5" TERM; echo; while :; do sleep 0.01; done', mark);
  const stubborn = await startBash(
    'trap "setsid sleep 1000 & " TERM; echo; while :; do sleep 0.01; done',
    mark,
  );
  const stopped = await startBash(
    'trap "exit 6" TERM; echo; kill -STOP $$; while :; do sleep 0.01; done',
    mark,
  );
  const ends = Promise.all([gentle, stubborn, stopped].map((child) => once(child, 'exit')));

  expect(
    await endProcesses(marked(entry), { table: systemProcessTable, clock: systemClock, graceMs: 1000 }),
  ).toEqual([]);
  expect(await ends).toEqual([
    [5, null],
    [null, 'SIGKILL'],
    [6, null],
  ]);
  expect(marked(entry)()).toEqual([]);
});

test('nothing to end is no work', async () => {
  expect(await endProcesses(() => [], { table: systemProcessTable, clock: systemClock })).toEqual([]);
});

test('what cannot be ended is named', async () => {
  const init = systemProcessTable.find(1);
  if (!init) throw new Error('no process 1');
  const other = { ...init, startMark: 'not the real one' };
  expect(
    await endProcesses(() => [other], { table: systemProcessTable, clock: systemClock, graceMs: 0 }),
  ).toEqual([other]);
});
