import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunEventBody, SyncStart, Verdict } from '../../src/events/index.ts';
import type { ReporterOptions } from '../../src/report/index.ts';
import { type Happening, manyNodes, report, runStarted, stepsOf } from './story.ts';

type SyncMeasured = Extract<RunEventBody, { type: 'sync-measured' }>;

const [step] = stepsOf('SYNC client1,client2,client3 START; GO MAXSKEW 5ms');

const start = (node: string, afterMs: number, uncertaintyMs = 0.7): SyncStart => ({
  node,
  started: true,
  afterMs,
  uncertaintyMs,
  stampedBy: 'shell',
});
const noStart = (node: string, reason: string): SyncStart => ({ node, started: false, reason });

function measured(starts: readonly SyncStart[], facts: Partial<SyncMeasured> = {}): SyncMeasured {
  const times = starts.flatMap((each) => (each.started ? [each.afterMs] : []));
  const skewMs = times.length === 0 ? undefined : Math.max(...times) - Math.min(...times);
  return {
    type: 'sync-measured',
    step,
    plannedAt: '2026-11-22T10:00:03.214Z',
    starts,
    ...(skewMs !== undefined && { skewMs, clocksMs: 1.4, likelyClocksMs: 0.61 }),
    attempts: 1,
    verdict: 'passed',
    ...facts,
  };
}

const three = [start('client1', 0.31), start('client2', -0.4), start('client3', 2.3, 0.12)];
const budgetMs = 5;

function tell(
  kind: 'plain' | 'quiet',
  syncs: readonly SyncMeasured[],
  verdict: Verdict,
  options: Partial<ReporterOptions> = {},
): string {
  const story: Happening[] = [
    runStarted([step]),
    [10, { type: 'step-started', step }],
    ...syncs.map((sync): Happening => [3300, sync]),
    [3310, { type: 'step-finished', step, verdict, problems: [], tookMs: 3300 }],
    [3320, { type: 'run-finished', verdict, problems: [], tookMs: 3320 }],
  ];
  return report(kind, story, options);
}

const recapOf = (output: string): string => output.slice(output.search(/^.*SYNC 1\/1/m));
const lineOf = (sync: SyncMeasured): string => {
  const lines = tell('plain', [sync], sync.verdict).split('\n');
  const from = lines.findIndex((line) => /^\[ +3\.3s\]/.test(line));
  return lines
    .slice(
      from,
      lines.findIndex((line, index) => index > from && line.startsWith('[')),
    )
    .join('\n');
};

test('a SYNC that is well within its budget', () => {
  expect(tell('plain', [measured(three, { budgetMs })], 'passed')).toMatchInlineSnapshot(`
    "[  0.0s]   wifi.playbook: 1 step, mqtt://127.0.0.1:1883
                 run 6f1c2b9e of ci@lab
    [  3.3s] ✓ SYNC 3 nodes started within 2.7 ms (budget 5 ms, clocks ±1.4 ms)
    [  3.3s] ✓ 1/1  SYNC client1,client2,client3 START; GO MAXSKEW 5ms  (3.3s)

    Recap
      no node took part

    SYNC 1/1: 3 nodes started within 2.7 ms (budget 5 ms, clocks ±1.4 ms)
      planned for 2026-11-22T10:00:03.214Z; clocks likely ±0.61 ms
      node        start        ±  -1.1 ms      0                               +3 ms
      client2   -0.4 ms   0.7 ms  ────────●─────────
      client1  +0.31 ms   0.7 ms          ─────────●────────
      client3   +2.3 ms  0.12 ms               ┊                         ──●─

    PASSED in 3.3s
    "
  `);
});

test('is told in the Recap alone, where only problems are', () => {
  expect(tell('quiet', [measured(three, { budgetMs })], 'passed').startsWith('\nRecap\n')).toBe(true);
});

test('in ASCII, on a narrower terminal', () => {
  const output = tell('plain', [measured(three, { budgetMs })], 'passed', { unicode: false, width: 70 });
  expect(output).toMatch(/^[\n -~]*$/);
  expect(recapOf(output)).toMatchInlineSnapshot(`
    "SYNC 1/1: 3 nodes started within 2.7 ms (budget 5 ms, clocks +/-1.4...
      planned for 2026-11-22T10:00:03.214Z; clocks likely +/-0.61 ms
      node        start      +/-  -1.1 ms   0                        +3 ms
      client2   -0.4 ms   0.7 ms  -------o------
      client1  +0.31 ms   0.7 ms         ------o-------
      client3   +2.3 ms  0.12 ms            :                    -o-

    PASSED in 3.3s
    "
  `);
});

test('on a terminal without room for a picture', () => {
  const output = recapOf(tell('quiet', [measured(three, { budgetMs })], 'passed', { width: 44 }));
  for (const line of output.split('\n')) expect(line.length).toBeLessThanOrEqual(44);
  expect(output).toMatchInlineSnapshot(`
    "SYNC 1/1: 3 nodes started within 2.7 ms (b…
      planned for 2026-11-22T10:00:03.214Z; cl…
      node        start        ±
      client2   -0.4 ms   0.7 ms
      client1  +0.31 ms   0.7 ms
      client3   +2.3 ms  0.12 ms

    PASSED in 3.3s
    "
  `);
});

test('the line of', () => {
  const failed = (starts: readonly SyncStart[], facts: Partial<SyncMeasured> = {}): SyncMeasured =>
    measured(starts, { verdict: 'failed', ...facts });
  const late = [...three, start('client4', 6.7)];
  const missing = [...three, noStart('client4', 'it was lost'), noStart('client5', 'it was lost')];
  const stories = {
    'no budget': measured(three),
    'a second attempt': measured(three, { budgetMs, attempts: 2 }),
    'a single node': measured([start('client1', 0.2)], { budgetMs }),
    'more than the budget': failed(late, { budgetMs }),
    'hardly more than the budget': failed([start('a', 0), start('b', 5.02)], { budgetMs }),
    'two that did not start': failed(missing, { budgetMs }),
    'one that did start': failed([start('client1', 1), noStart('client2', 'it was lost')]),
    'none that did': failed([noStart('client1', 'it was lost')], { attempts: 2 }),
    'two hundred that did not': failed([
      ...three,
      ...manyNodes(200).map((node) => noStart(node, 'it had 12 ms left')),
    ]),
    'an interruption': measured(three, { verdict: 'interrupted' }),
  };
  const lines = Object.entries(stories).map(([what, sync]) => `${what}:\n${lineOf(sync)}`);
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "no budget:
    [  3.3s] ✓ SYNC 3 nodes started within 2.7 ms (clocks ±1.4 ms)
    a second attempt:
    [  3.3s] ✓ SYNC 3 nodes started within 2.7 ms at the second attempt (budget 5 ms, clocks ±1.4 ms)
    a single node:
    [  3.3s] ✓ SYNC 1 node started (budget 5 ms)
    more than the budget:
    [  3.3s] ✗ SYNC 4 nodes started within 7.1 ms, above the budget of 5 ms (clocks ±1.4 ms)
                 first client2 (-0.4 ms ±0.7 ms), last client4 (+6.7 ms ±0.7 ms), counted from the planned instant
    hardly more than the budget:
    [  3.3s] ✗ SYNC 2 nodes started within 5 ms, just above the budget of 5 ms (clocks ±1.4 ms)
                 first a (0 ms ±0.7 ms), last b (+5 ms ±0.7 ms), counted from the planned instant
    two that did not start:
    [  3.3s] ✗ SYNC 3 of 5 nodes started, within 2.7 ms (budget 5 ms, clocks ±1.4 ms)
                 not started: client4, client5: it was lost
    one that did start:
    [  3.3s] ✗ SYNC 1 of 2 nodes started
                 not started: client2: it was lost
    none that did:
    [  3.3s] ✗ SYNC 0 of 1 node started at the second attempt
                 not started: client1: it was lost
    two hundred that did not:
    [  3.3s] ✗ SYNC 3 of 203 nodes started, within 2.7 ms (clocks ±1.4 ms)
                 not started: node1, node2, node3, node4, node5, node6 … and 194 more: it had 12 ms left
    an interruption:
    [  3.3s] ✗ SYNC 3 nodes started within 2.7 ms (clocks ±1.4 ms)"
  `);
});

test('the Recap of one that failed, in colour', () => {
  const starts = [...three, start('client4', 6.7), noStart('client5', 'it was lost')];
  const sync = measured(starts, { budgetMs, verdict: 'failed' });
  const output = recapOf(tell('quiet', [sync], 'failed', { colour: true }));
  expect(output.split('\n')[0]?.replaceAll('\u001b', 'ESC')).toMatchInlineSnapshot(
    `"ESC[1mESC[31mSYNC 1/1: 4 of 5 nodes started, within 7.1 ms, above the budget of 5 ms (clocks ±1.4 ms)ESC[39mESC[22m"`,
  );
  expect(recapOf(tell('quiet', [sync], 'failed'))).toMatchInlineSnapshot(`
    "SYNC 1/1: 4 of 5 nodes started, within 7.1 ms, above the budget of 5 ms (clocks ±1.4 ms)
      planned for 2026-11-22T10:00:03.214Z; clocks likely ±0.61 ms
      not started: client5: it was lost
      node        start        ±  -1.1 ms                                    +7.4 ms
      client2   -0.4 ms   0.7 ms  ────●────
      client1  +0.31 ms   0.7 ms      ────●────
      client3   +2.3 ms  0.12 ms        ┊            ─●
      client4   +6.7 ms   0.7 ms        ┊                                  ────●────

    FAILED (1 step failed) in 3.3s
      1/1  SYNC client1,client2,client3 START; GO MAXSKEW 5ms
    "
  `);
});

test('clocks that know less than the starts lie apart: the whiskers are cut, the dots are still told apart', () => {
  const starts = [start('a', 0.1, 9), start('b', 0.2, 9), start('c', 0.5, 0.05)];
  expect(recapOf(tell('quiet', [measured(starts, { clocksMs: 18 })], 'passed'))).toMatchInlineSnapshot(`
    "SYNC 1/1: 3 nodes started within 0.4 ms (clocks ±18 ms)
      planned for 2026-11-22T10:00:03.214Z; clocks likely ±0.61 ms
      node    start        ±  -0.3 ms     0                              +0.9 ms
      a     +0.1 ms     9 ms  ‹───────────────●────────────────────────────────›
      b     +0.2 ms     9 ms  ‹───────────────────●────────────────────────────›
      c     +0.5 ms  0.05 ms              ┊                  ──●──

    PASSED in 3.3s
    "
  `);
});

test('starts at the very same time, stamped by agents whose bash cannot, and one start alone', () => {
  const together = ['a', 'b'].map(
    (node): SyncStart => ({ node, started: true, afterMs: 1, uncertaintyMs: 0, stampedBy: 'agent' }),
  );
  expect(
    recapOf(tell('quiet', [measured(together), measured([start('a', -3)])], 'passed')),
  ).toMatchInlineSnapshot(`
    "SYNC 1/1: 2 nodes started within 0 ms (clocks ±1.4 ms)
      planned for 2026-11-22T10:00:03.214Z; clocks likely ±0.61 ms
      node                      start     ±  +0.99 ms                                     +1 ms
      a (stamped by the agent)  +1 ms  0 ms                           ●
      b (stamped by the agent)  +1 ms  0 ms                           ●

    SYNC 1/1: 1 node started
      planned for 2026-11-22T10:00:03.214Z
      node  start       ±  -3.7 ms                                    -2.3 ms
      a     -3 ms  0.7 ms  ─────────────────────────●────────────────────────

    PASSED in 3.3s
    "
  `);
});

test('of many nodes the outermost are shown, of many SYNCs the first, and those that failed before all others', () => {
  const many = manyNodes(2000).map((node, index) => start(node, ((index * 7) % 2000) / 1000));
  const few = measured([start('node1', 0)]);
  const failed = measured([start('node1', 1), noStart('node2', 'it was lost')], { verdict: 'failed' });
  const syncs = [measured(many), ...Array.from({ length: 20 }, () => few), failed];
  const output = recapOf(tell('quiet', syncs, 'failed'));
  const lines = output.split('\n');
  expect(lines.slice(0, 5)).toMatchInlineSnapshot(`
    [
      "SYNC 1/1: 1 of 2 nodes started",
      "  planned for 2026-11-22T10:00:03.214Z",
      "  not started: node2: it was lost",
      "  node   start       ±  +0.3 ms                                    +1.7 ms",
      "  node1  +1 ms  0.7 ms  ─────────────────────────●────────────────────────",
    ]
  `);
  const from = lines.findIndex((line) => line.includes('2000 nodes'));
  expect(lines.slice(from, from + 24).join('\n')).toMatchInlineSnapshot(`
    "SYNC 1/1: 2000 nodes started within 2 ms (clocks ±1.4 ms)
      planned for 2026-11-22T10:00:03.214Z; clocks likely ±0.61 ms
      node          start       ±  -0.7 ms   0                                +2.7 ms
      node1          0 ms  0.7 ms  ──────────●──────────
      node1144  +0.001 ms  0.7 ms  ──────────●──────────
      node287   +0.002 ms  0.7 ms  ──────────●──────────
      node1430  +0.003 ms  0.7 ms  ──────────●──────────
      node573   +0.004 ms  0.7 ms  ──────────●──────────
      node1716  +0.005 ms  0.7 ms  ──────────●──────────
      node859   +0.006 ms  0.7 ms  ──────────●──────────
      node2     +0.007 ms  0.7 ms  ──────────●──────────
      node1145  +0.008 ms  0.7 ms  ──────────●──────────
      node288   +0.009 ms  0.7 ms  ──────────●──────────
      … 1980 more between these
      node571       +2 ms  0.7 ms            ┊                  ──────────●──────────
      node1714      +2 ms  0.7 ms            ┊                  ──────────●──────────
      node857       +2 ms  0.7 ms            ┊                  ──────────●──────────
      node2000      +2 ms  0.7 ms            ┊                  ──────────●──────────
      node1143      +2 ms  0.7 ms            ┊                  ──────────●──────────
      node286       +2 ms  0.7 ms            ┊                  ──────────●──────────
      node1429      +2 ms  0.7 ms            ┊                  ──────────●──────────
      node572       +2 ms  0.7 ms            ┊                  ──────────●──────────
      node1715      +2 ms  0.7 ms            ┊                  ──────────●──────────
      node858       +2 ms  0.7 ms            ┊                  ──────────●──────────"
  `);
  expect(output.match(/^SYNC/gm)).toHaveLength(10);
  expect(output).toContain('\n… and 12 more SYNCs');
});

test('whatever was measured fits the terminal, and each start has its dot', () => {
  const ms = fc.oneof(
    fc.double({ min: -10, max: 10, noNaN: true }),
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    fc.constantFrom(0, 1e-9),
  );
  const starts = fc.array(
    fc.tuple(fc.stringMatching(/^[a-z][a-z0-9.-]{0,40}$/), ms, ms).map(([node, after, uncertainty]) => {
      return start(node, after, Math.abs(uncertainty));
    }),
    { minLength: 1, maxLength: 30 },
  );
  fc.assert(
    fc.property(starts, fc.integer({ min: 40, max: 200 }), (all, width) => {
      const output = recapOf(tell('quiet', [measured(all)], 'passed', { unicode: false, width }));
      const lines = output.slice(0, output.indexOf('\n\n')).split('\n');
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      const rows = lines.flatMap((line) => /[smh] {2}([-o<>: ]+)$/.exec(line)?.[1] ?? []);
      for (const picture of rows) expect(picture.match(/o/g)).toHaveLength(1);
      if (width >= 100) expect(rows).toHaveLength(Math.min(all.length, 20));
    }),
    // As long as the ends of an axis get, in pictures that are as narrow as they get.
    { examples: Array.from({ length: 30 }, (_, index) => [[start('client1', 0.0045, 0)], 40 + index]) },
  );
});
