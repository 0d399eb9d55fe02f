import { expect, test } from 'vitest';
import { createMachineBench } from './machine-bench.ts';

test('a ping is answered with both clocks, also on a shared topic', () => {
  const bench = createMachineBench();
  bench.start();
  bench.pass(500);
  bench.command('p1', '_ping', [], { sent: 42, topic: 'shared' });
  expect(bench.replies.at(-1)).toEqual({
    v: 1,
    kind: 'pong',
    session: 's1',
    seq: 1,
    id: 'p1',
    t0: 42,
    t1: bench.now(),
    t2: bench.now(),
  });
});

test('a report says how things stand', () => {
  const bench = createMachineBench();
  bench.connect();
  expect(bench.command('q1', '_report')).toEqual(['report q1: no status, lease free, unfinished none']);
  bench.handle({ kind: 'script-loaded', outcome: { ok: true, functions: new Set(['startFunction']) } });
  bench.command('l1', '_lease', ['ci@lab', '0'], { run: 'r1' });
  bench.command('c1', 'START', [], { run: 'r1' });
  bench.command('c2', 'START', [], { run: 'r1' });
  bench.command('q2', '_report', [], { topic: 'shared' });
  expect(bench.replies.at(-1)).toEqual({
    v: 1,
    kind: 'report',
    session: 's1',
    seq: 4,
    id: 'q2',
    info: {
      v: 1,
      node: 'node1',
      session: 's1',
      version: '1.0.0',
      accepts: ['text', 'envelope', 'strays', 'probe', 'sync', 'inspect'],
      groups: [],
      heartbeatMs: 15_000,
      platform: 'test',
    },
    status: 'ALIVE',
    lease: { run: 'r1', owner: 'ci@lab', since: expect.any(Number) },
    forgotten: 0,
    unfinished: ['c1', 'c2'],
  });
  bench.ended();
  bench.command('q3', '_report');
  expect(bench.replies.at(-1)).toMatchObject({ status: 'STARTED', statusId: 'c1', unfinished: ['c2'] });
});

test('a report with a number first says again, unchanged, what was said after it', () => {
  const bench = createMachineBench();
  bench.start();
  bench.command('c1', 'START');
  bench.handle({ kind: 'script-updated', commandId: 'c1', text: '50 %' });
  bench.ended({ code: 2 });
  const said = bench.replies.filter(({ kind }) => kind !== 'report');
  expect(said.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  for (const after of [0, 3, 5, 99]) {
    const before = bench.replies.length;
    bench.command(`q${after}`, '_report', [String(after)]);
    expect(bench.replies.slice(before, -1)).toEqual(said.filter(({ seq }) => seq > after));
  }
});

test.each(['', '-1', 'x', '1e1', '0x1', ' 1'])('a report with %j replays nothing', (after) => {
  const bench = createMachineBench();
  bench.start();
  expect(bench.command('q1', '_report', [after])).toEqual(['report q1: ALIVE, lease free, unfinished none']);
});

test('a report that may take its time comes once within it, at an instant that depends on the session', () => {
  const instants = ['s1', 's2', 's3'].map((session) => {
    const bench = createMachineBench({ session });
    bench.handle({ kind: 'connected' });
    bench.ownHeartbeat(session, true);
    expect(bench.command('q1', '_report', ['-', '800'], { topic: 'shared' })).toEqual([]);
    const dueInMs = (bench.machine.nextDeadline() ?? 0) - bench.now();
    expect(bench.pass(800)).toEqual(['report q1: no status, lease free, unfinished none']);
    expect(bench.pass(2000)).toEqual([]);
    return dueInMs;
  });
  for (const dueInMs of instants) expect(dueInMs).toBeLessThanOrEqual(800);
  expect(new Set(instants).size).toBe(3);
});

test.each([undefined, '0', 'x', '-1', '1000000'])('a report within %j ms comes at once', (within) => {
  const bench = createMachineBench();
  bench.start();
  const args = within === undefined ? ['-'] : ['-', within];
  expect(bench.command('q1', '_report', args)).toEqual(['report q1: ALIVE, lease free, unfinished none']);
});

test('not more than a hundred reports are put off', () => {
  const bench = createMachineBench();
  bench.start();
  for (let n = 1; n <= 150; n += 1) bench.command(`q${n}`, '_report', ['-', '800']);
  expect(bench.replies.filter(({ kind }) => kind === 'report')).toHaveLength(50);
  bench.pass(800);
  expect(bench.replies.filter(({ kind }) => kind === 'report')).toHaveLength(150);
});
