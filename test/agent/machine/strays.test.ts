import { expect, test } from 'vitest';
import { createMachineBench, INTERRUPTED, type MachineBench } from './machine-bench.ts';

/** A machine that has started. */
function startBench(): MachineBench {
  const bench = createMachineBench();
  bench.start();
  return bench;
}

const take = (bench: MachineBench, run: string, ttlMs = '15000'): string[] =>
  bench.command(`lease-${run}`, '_lease', ['alice@lab', ttlMs], { run });

test('where nothing was started there is nothing', () => {
  const bench = startBench();
  expect(bench.command('q1', '_strays')).toEqual(['find strays for q1 but of init']);
  expect(bench.strays('q1')).toEqual(['strays q1: none']);
});

test('what was started by plain text or in no run is listed while it runs, and by what it left', () => {
  const bench = startBench();
  bench.text('START', 'a b', '1');
  bench.command('c1', 'FOO');
  bench.command('c2', 'FOO');
  bench.command('q1', '_strays', [], { topic: 'shared' });
  expect(bench.strays('q1', { own1: ['sleep (7)'] })).toEqual([
    "strays q1: START 'a b' 1 plain-text running sleep (7) + 2 more",
  ]);
  bench.pass(500);
  bench.ended();
  bench.command('q2', '_strays');
  expect(bench.strays('q2', { own1: ['sleep (7)'] })).toEqual([
    "strays q2: START 'a b' 1 plain-text left sleep (7) + FOO send running + 1 more",
  ]);
  expect(bench.replies.at(-1)).toEqual({
    v: 1,
    session: 's1',
    seq: expect.any(Number),
    kind: 'strays',
    id: 'q2',
    lease: null,
    found: {
      work: [
        {
          id: 'own1',
          origin: { kind: 'plain-text' },
          text: "START 'a b' 1",
          ageMs: 500,
          running: false,
          processes: ['sleep (7)'],
          processCount: 1,
        },
        {
          id: 'c1',
          origin: { kind: 'send' },
          text: 'FOO',
          ageMs: 0,
          running: true,
          processes: [],
          processCount: 0,
        },
      ],
      unlisted: 1,
      leftovers: [],
    },
  });
});

test('work of a live run is none; what it leaves when it gives the node back is, and says whose it was', () => {
  const bench = startBench();
  take(bench, 'r1');
  bench.command('c1', 'START', ['5201'], { run: 'r1' });
  bench.ended();
  bench.command('q1', '_strays');
  expect(bench.strays('q1', { c1: ['iperf3 (7)'] })).toEqual(['strays q1: none']);
  expect(bench.replies.at(-1)).toMatchObject({ lease: { run: 'r1', owner: 'alice@lab' } });

  bench.pass(2000);
  bench.command('b1', '_release', [], { run: 'r1' });
  bench.pass(3000);
  bench.command('q2', '_strays');
  bench.strays('q2', { c1: ['iperf3 (7)'] });
  expect(bench.replies.at(-1)).toMatchObject({
    lease: null,
    found: {
      work: [
        {
          id: 'c1',
          text: 'START 5201',
          ageMs: 5000,
          origin: { kind: 'run', run: 'r1', owner: 'alice@lab', releasedMs: 3000 },
        },
      ],
    },
  });

  // The next run may count on it.
  take(bench, 'r2');
  bench.command('q3', '_strays');
  expect(bench.strays('q3', { c1: ['iperf3 (7)'] })).toEqual(['strays q3: none']);
});

test('what survived the STOP of a lease that lapsed is a stray of a run that lost the node', () => {
  const bench = startBench();
  take(bench, 'r1', '1000');
  bench.command('c1', 'START', [], { run: 'r1' });
  bench.ended();
  expect(bench.pass(1000)).toContain('run stopFunction for own1');
  bench.ended();
  bench.cleared('stuck (7)');
  bench.command('q1', '_strays');
  bench.strays('q1', { c1: ['stuck (7)'] });
  expect(bench.replies.at(-1)).toMatchObject({
    found: { work: [{ id: 'c1', origin: { kind: 'run', run: 'r1', owner: 'alice@lab' } }] },
  });
});

test('processes of no command, or of one that is no longer known, are listed as they are', () => {
  const bench = startBench();
  bench.command('q1', '_strays');
  expect(bench.strays('q1', { '': ['cron (7)'], c0: ['sleep (8)'] })).toEqual([
    'strays q1: ? unknown left cron (7) + ? unknown left sleep (8)',
  ]);
});

test('to stop them is a STOP, then an end to what dead agents left, then another look', () => {
  const bench = startBench();
  bench.text('START');
  bench.command('c1', 'FOO');
  const dead = [{ session: 's0', node: 'node7', processes: ['nc (9)'] }];
  expect(bench.command('q1', '_stop-strays')).toEqual(['find strays for q1 but of init']);
  expect(bench.strays('q1', { own1: ['sleep (7)'] }, dead)).toEqual([
    'warn: no run holds this node: what runs here is stopped, as asked',
    'result c1 cancelled: by STOP',
    'interrupt',
  ]);
  expect(bench.ended(INTERRUPTED)).toContain('run stopFunction for own2');
  expect(bench.ended()).toEqual(['end leftovers but of init']);
  expect(bench.cleared()).toEqual([
    'say STOPPED strays',
    'find strays for q1 but of init, dead agents ended',
  ]);
  expect(bench.strays('q1')).toEqual([
    'strays q1: none; ended START plain-text running sleep (7) + dead node7 nc (9) + 1 more',
    'warn: ended, as asked, what killed agents had left: those of node7',
  ]);
});

test('without work there is no STOP, only an end to what dead agents left', () => {
  const bench = startBench();
  bench.command('q1', '_stop-strays');
  expect(bench.strays('q1')).toEqual(['find strays for q1 but of init, dead agents ended']);
  expect(bench.strays('q1')).toEqual(['strays q1: none; ended none']);
});

test('what survives is told apart from what was ended, and from what came meanwhile', () => {
  const bench = startBench();
  bench.text('START');
  bench.ended();
  const dead = (...processes: string[]) => [{ session: 's0', node: 'node7', processes }];
  bench.command('q1', '_stop-strays');
  bench.strays('q1', { own1: ['sleep (7)', 'stuck (8)'] }, dead('nc (9)', 'su (10)'));
  bench.ended();
  bench.cleared('stuck (8)');
  bench.text('START', 'again');
  expect(bench.strays('q1', { own1: ['stuck (8)'], own3: ['sleep (12)'] }, dead('su (10)'))).toContain(
    'strays q1: START plain-text left stuck (8) + dead node7 su (10)' +
      '; ended START plain-text left sleep (7) + dead node7 nc (9)',
  );
});

test('work of a run that holds the node is never stopped, be it taken while we look', () => {
  const bench = startBench();
  bench.text('START');
  bench.ended();
  bench.command('q1', '_stop-strays');
  take(bench, 'r1');
  expect(bench.strays('q1', { own1: ['sleep (7)'] })).toEqual([
    'find strays for q1 but of init, dead agents ended',
  ]);
  expect(bench.strays('q1', { own1: ['sleep (7)'] })).toEqual(['strays q1: none; ended none']);
});

test('asked again under the same id it stops once, and answers the same again', () => {
  const bench = startBench();
  bench.text('START');
  bench.ended();
  bench.command('q1', '_stop-strays');
  expect(bench.command('q1', '_stop-strays')).toEqual([]);
  bench.strays('q1', { own1: ['sleep (7)'] });
  expect(bench.command('q1', '_stop-strays')).toEqual([]);
  bench.ended();
  bench.cleared();
  bench.strays('q1');
  const answer = bench.replies.at(-1);
  expect(bench.command('q1', '_stop-strays')).toEqual([
    'strays q1: none; ended START plain-text left sleep (7)',
  ]);
  expect(bench.replies.at(-1)).toEqual(answer);
});

test.each([
  ['of another session', { session: 's0' }],
  ['to everybody', { topic: 'shared' }],
  ['that is too old', { sent: -40_000 }],
] as const)('an order to stop %s stops nothing', (_what, more) => {
  const bench = startBench();
  bench.command('p1', '_ping');
  bench.text('START');
  expect(bench.command('q1', '_stop-strays', [], more)).toEqual([
    'warn: ignored _stop-strays: it came too late, or was not meant for this session alone',
  ]);
});

test('a list has an end: of commands, and of the processes of each', () => {
  const bench = startBench();
  const many = Array.from({ length: 600 }, (_, n) => [
    `c${n}`,
    Array.from({ length: 30 }, (__, p) => `p (${p})`),
  ]);
  bench.command('q1', '_strays');
  bench.strays('q1', Object.fromEntries(many));
  const reply = bench.replies.at(-1);
  if (reply?.kind !== 'strays') throw new Error('no answer');
  expect(reply.found.unlisted).toBe(100);
  expect(reply.found.work).toHaveLength(500);
  expect(reply.found.work[0]).toMatchObject({ processCount: 30 });
  expect(reply.found.work[0]?.processes).toHaveLength(20);
});

test('a long command is shortened', () => {
  const bench = startBench();
  bench.text('START', ...Array.from({ length: 10_000 }, () => 'word'));
  bench.command('q1', '_strays');
  bench.strays('q1');
  expect(bench.replies.at(-1)).toMatchObject({
    found: { work: [{ text: expect.stringMatching(/^START( word){19}\.\.\.$/) }] },
  });
});

test('a verb of a later protocol is refused, and is no status of the node', () => {
  const bench = startBench();
  expect(bench.command('q1', '_telepathy')).toEqual([
    'refuse q1 invalid: this agent does not know _telepathy',
  ]);
  expect(bench.command('q1', '_telepathy')).toEqual([
    'refuse q1 invalid: this agent does not know _telepathy',
  ]);
  expect(bench.command('q2', '_telepathy', [], { topic: 'shared' })).toEqual([]);
});
