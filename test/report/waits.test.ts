import { expect, test } from 'vitest';
import { createReporter } from '../../src/report/index.ts';
import { type Happening, manyNodes, report, runStarted, stepsOf, writesOf } from './story.ts';

const steps = stepsOf('WAITFOR node1,node2,node3 STARTED', 'WAIT 60s');
const [waitFor, wait] = steps;

/** What a wait of five minutes says about itself, every two seconds. */
function longWait(timeoutMs: number): Happening[] {
  return Array.from({ length: 149 }, (_, index): Happening => {
    const waitedMs = (index + 1) * 2000;
    const missing = ['node2', 'node3'].map((node) => ({ node, reason: 'START is under way' }));
    return [
      waitedMs,
      { type: 'step-waiting', step: waitFor, satisfied: ['node1'], missing, waitedMs, timeoutMs },
    ];
  });
}

test('off a terminal a wait says whom it waits for, less and less often, and why when it takes long', () => {
  const output = report('plain', [
    runStarted(steps),
    [0, { type: 'step-started', step: waitFor }],
    [
      1000,
      { type: 'step-waiting', step: waitFor, satisfied: [], missing: [], waitedMs: 1000, timeoutMs: 300_000 },
    ],
    ...longWait(300_000),
    [
      300_000,
      {
        type: 'step-finished',
        step: waitFor,
        verdict: 'timed-out',
        tookMs: 300_000,
        problems: [
          { node: 'node2', reason: 'START is under way' },
          { node: 'node3', reason: 'START is under way' },
        ],
      },
    ],
    [300_000, { type: 'step-started', step: wait }],
    [
      312_000,
      { type: 'step-waiting', step: wait, satisfied: [], missing: [], waitedMs: 12_000, timeoutMs: 60_000 },
    ],
  ]);
  expect(output).toMatchInlineSnapshot(`
    "[  0.0s]   wifi.playbook: 2 steps, mqtt://127.0.0.1:1883
                 run 6f1c2b9e of ci@lab
    [  2.0s] … 1/2  waiting for node2, node3 (node1 ok) 2s/300s  WAITFOR node1,node2,node3 STARTED
    [  4.0s] … 1/2  waiting for node2, node3 (node1 ok) 4s/300s  WAITFOR node1,node2,node3 STARTED
    [  8.0s] … 1/2  waiting for node2, node3 (node1 ok) 8s/300s  WAITFOR node1,node2,node3 STARTED
    [ 16.0s] … 1/2  waiting for node2, node3 (node1 ok) 16s/300s  node2, node3: START is under way
    [ 32.0s] … 1/2  waiting for node2, node3 (node1 ok) 32s/300s  node2, node3: START is under way
    [ 64.0s] … 1/2  waiting for node2, node3 (node1 ok) 64s/300s  node2, node3: START is under way
    [128.0s] … 1/2  waiting for node2, node3 (node1 ok) 128s/300s  node2, node3: START is under way
    [256.0s] … 1/2  waiting for node2, node3 (node1 ok) 256s/300s  node2, node3: START is under way
    [300.0s] ✗ 1/2  WAITFOR node1,node2,node3 STARTED  timed out (5m)
                 node2, node3: START is under way
    [312.0s] … 2/2  waiting 12s/60s  WAIT 60s
    "
  `);
});

test('a wait without a limit says so; quiet says nothing of waits', () => {
  const story = [runStarted(steps), ...longWait(0).slice(0, 1)];
  expect(report('plain', story)).toContain('waiting for node2, node3 (node1 ok) 2s, no limit');
  expect(report('quiet', story)).toBe('');
});

test('a wait for 5,000 nodes takes one line', () => {
  const nodes = manyNodes(5000);
  const output = report('plain', [
    [
      2000,
      {
        type: 'step-waiting',
        step: waitFor,
        waitedMs: 2000,
        timeoutMs: 300_000,
        satisfied: nodes.slice(0, 2000),
        missing: nodes.slice(2000).map((node) => ({ node, reason: '' })),
      },
    ],
  ]);
  expect(output).toMatchInlineSnapshot(`
    "[  2.0s] … 1/0  waiting for node2001, node2002 … and 2998 more (node1, node2 … and 1998 more ok) 2s/300s  WAITFOR node1,node2,node3 STARTED
    "
  `);
});

const tale: Happening[] = [
  runStarted(steps),
  [0, { type: 'step-started', step: waitFor }],
  ...longWait(300_000).slice(0, 3),
  [6500, { type: 'output-received', node: 'node2', stream: 'stdout', lines: ['one', 'two'] }],
  ...longWait(300_000).slice(3, 5),
  [10_100, { type: 'step-finished', step: waitFor, verdict: 'passed', tookMs: 10_100, problems: [] }],
  [10_100, { type: 'step-started', step: wait }],
];
const end: Happening = [
  11_000,
  { type: 'run-finished', verdict: 'interrupted', problems: [], tookMs: 11_000 },
];

test('on a terminal the line below the others tells what is going on just now', () => {
  const tty = { tty: true, width: 60 };
  expect(screenOf(writesOf('plain', tale.slice(0, 4), tty), 60)).toMatchInlineSnapshot(`
    [
      "[  0.0s]   wifi.playbook: 2 steps, mqtt://127.0.0.1:1883",
      "             run 6f1c2b9e of ci@lab",
      "[  4.0s] ▸ 1/2  waiting for node2, node3 (node1 ok) 4s/3…",
    ]
  `);
  expect(screenOf(writesOf('plain', tale.slice(0, 6), tty), 60)).toMatchInlineSnapshot(`
    [
      "[  0.0s]   wifi.playbook: 2 steps, mqtt://127.0.0.1:1883",
      "             run 6f1c2b9e of ci@lab",
      "[  6.5s]   node2 │ one",
      "[  6.5s]   node2 │ two",
      "[  6.0s] ▸ 1/2  waiting for node2, node3 (node1 ok) 6s/3…",
    ]
  `);
  expect(screenOf(writesOf('plain', tale, tty), 60)).toMatchInlineSnapshot(`
    [
      "[  0.0s]   wifi.playbook: 2 steps, mqtt://127.0.0.1:1883",
      "             run 6f1c2b9e of ci@lab",
      "[  6.5s]   node2 │ one",
      "[  6.5s]   node2 │ two",
      "[ 10.1s] ✓ 1/2  WAITFOR node1,node2,node3 STARTED  (10.1s)",
      "[ 10.1s] ▸ 2/2  WAIT 60s",
    ]
  `);
});

test.each([10, 20, 40, 80])('a terminal of %i columns is left with the same lines as a file', (width) => {
  const asFile = report('plain', [...tale, end])
    .split('\n')
    .filter((line) => !line.includes('waiting'));
  const upToRecap = asFile.slice(0, asFile.indexOf('Recap'));
  const shown = screenOf(writesOf('plain', [...tale, end], { tty: true, width }), width);
  expect(shown.slice(0, upToRecap.length)).toEqual(upToRecap);
});

test('clearLine() leaves the terminal to others', () => {
  const writes: string[] = [];
  const reporter = createReporter('plain', {
    write: (text) => writes.push(text),
    colour: false,
    unicode: true,
    tty: true,
  });
  reporter.onEvent({ runId: 'r', seq: 1, at: '', elapsedMs: 0, type: 'step-started', step: wait });
  reporter.clearLine();
  reporter.clearLine();
  expect(screenOf(writes, 80)).toEqual(['']);
  expect(writes).toHaveLength(2);
});

/** What a terminal shows after these writes; fails on a rewritten line that has been wrapped. */
function screenOf(writes: readonly string[], width: number): string[] {
  const lines = [''];
  for (const piece of writes
    .join('')
    .replaceAll('\r\u001b[K', '\r')
    .split(/(?<=[\r\n])/)) {
    lines[lines.length - 1] += piece.replace(/[\r\n]$/, '');
    if (piece.endsWith('\n')) lines.push('');
    if (piece.endsWith('\r')) {
      expect(lines.at(-1)?.length, 'columns of a line that is rewritten').toBeLessThan(width);
      lines[lines.length - 1] = '';
    }
  }
  return lines;
}
