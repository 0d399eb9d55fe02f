import { expect, test } from 'vitest';
import type { RunEventBody, Verdict } from '../../src/events/index.ts';
import { type Happening, manyNodes, report, runStarted, stepsOf } from './story.ts';

const finished = (verdict: Verdict): Happening => [
  61_000,
  { type: 'run-finished', verdict, problems: [], tookMs: 61_000 },
];

function commandOf(node: string, end: 'ok' | 'failed'): Happening[] {
  const command = { node, commandId: `c-${node}`, text: 'START' };
  return [
    [100, { type: 'command-sent', ...command }],
    [2100, { type: 'command-finished', ...command, end, warnings: [], tookMs: 2000 }],
  ];
}

const nodes: Happening[] = [
  ...commandOf('node10', 'ok'),
  ...commandOf('node2', 'failed'),
  [0, { type: 'node-changed', node: 'node3', state: 'legacy', detail: '' }],
  [0, { type: 'node-changed', node: 'node1', state: 'lost', detail: '' }],
  [200, { type: 'update-reported', node: 'node10', commandId: 'c', text: '9.41 Gbit/s of 10, 0.3 % lost' }],
];

test('nodes stand in the order in which people count', () => {
  expect(recapOf(report('quiet', [...nodes, finished('passed')]))).toMatchInlineSnapshot(`
    "Recap
      node            commands  failures  time  last update
      node1 (lost)           0         0     -
      node2                  1         1    2s
      node3 (legacy)         0         0     -
      node10                 1         0    2s  9.41 Gbit/s of 10, 0.3 % lost

    PASSED in 1m01s
    "
  `);
});

test('a narrow terminal cuts the update, not the rest', () => {
  expect(recapOf(report('quiet', [...nodes, finished('passed')], { width: 60 }))).toMatchInlineSnapshot(`
    "Recap
      node            commands  failures  time  last update
      node1 (lost)           0         0     -
      node2                  1         1    2s
      node3 (legacy)         0         0     -
      node10                 1         0    2s  9.41 Gbit/s of…

    PASSED in 1m01s
    "
  `);
});

test('a run without nodes', () => {
  expect(recapOf(report('quiet', [finished('passed')]))).toMatchInlineSnapshot(`
    "Recap
      no node took part

    PASSED in 1m01s
    "
  `);
});

test('the colours, and that a node keeps its own', () => {
  const story = [...nodes, finished('failed')];
  const output = report('plain', story, { colour: true });
  expect(JSON.stringify(recapOf(output)).replaceAll('\\u001b', 'ESC').split('\\n')).toMatchInlineSnapshot(`
    [
      ""ESC[1mRecapESC[22m",
      "  ESC[2mnode            commands  failures  time  last updateESC[22m",
      "  node1 (lost)           0         0     -",
      "  ESC[31mnode2                  1         1    2sESC[39m",
      "  node3 (legacy)         0         0     -",
      "  node10                 1         0    2s  9.41 Gbit/s of 10, 0.3 % lost",
      "",
      "ESC[31mESC[1mFAILEDESC[22mESC[39m in 1m01s",
      """,
    ]
  `);
  const uncoloured = output.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '');
  expect(uncoloured).toBe(report('plain', story));
});

test('every verdict has its word, and counts the steps behind it', () => {
  const steps = stepsOf('A', 'B', 'C', 'D', 'E');
  const verdicts = ['failed', 'timed-out', 'unreachable', 'broker-lost', 'interrupted'] as const;
  const stepEnds = verdicts.map((verdict, index): Happening => {
    const step = steps[index] ?? steps[0];
    return [
      index,
      { type: 'step-finished', step, verdict, problems: [{ node: 'node1', reason: verdict }], tookMs: 1 },
    ];
  });
  expect(
    verdicts.map((verdict) => verdictOf(report('quiet', [runStarted(steps), finished(verdict)]))),
  ).toMatchInlineSnapshot(`
    [
      "FAILED in 1m01s
    ",
      "TIMED OUT in 1m01s
    ",
      "UNREACHABLE in 1m01s
    ",
      "BROKER LOST in 1m01s
    ",
      "INTERRUPTED in 1m01s
    ",
    ]
  `);
  expect(
    verdictOf(report('quiet', [runStarted(steps), ...stepEnds, finished('interrupted')])),
  ).toMatchInlineSnapshot(`
    "INTERRUPTED (1 step failed, 1 timed out, 1 unreachable, 1 broker lost, 1 interrupted) in 1m01s
      1/5  A
        node1: failed
      2/5  B
        node1: timed-out
      3/5  C
        node1: unreachable
    "
  `);
});

test('5,000 nodes that fail alike: the first are told one by one, the rest are counted', () => {
  const names = manyNodes(5000);
  const [step] = stepsOf('WAITFOR * STARTED');
  const problems = names.map((node, index) => ({
    node,
    reason: index < 4990 ? 'START failed' : `reason ${index}`,
  }));
  const output = report('plain', [
    runStarted([step]),
    [0, { type: 'nodes-resolved', expression: '*', nodes: names }],
    ...names.map((node): Happening => [1, { type: 'node-changed', node, state: 'alive', detail: '' }]),
    ...names.flatMap((node, index) => commandOf(node, index === 4321 ? 'ok' : 'failed')),
    [3000, { type: 'step-finished', step, verdict: 'failed', problems, tookMs: 3000 }],
    [3000, { type: 'clean-up-started', nodes: names }],
    [3001, { type: 'run-finished', verdict: 'failed', problems, tookMs: 3001 }],
  ]);
  const lines = output.split('\n');
  const from = lines.findIndex((line) => line.includes('more like this'));
  expect(lines.length).toBeLessThan(200);
  expect(lines.slice(0, 5)).toMatchInlineSnapshot(`
    [
      "[  0.0s]   wifi.playbook: 1 step, mqtt://127.0.0.1:1883",
      "             run 6f1c2b9e of ci@lab",
      "[  0.0s] · * is node1, node2, node3, node4, node5, node6 … and 4994 more (5000 nodes)",
      "[  2.1s] ✗ node1: START failed (2s)",
      "[  2.1s] ✗ node2: START failed (2s)",
    ]
  `);
  expect(lines.slice(from, from + 4)).toMatchInlineSnapshot(`
    [
      "[  2.1s] · … more like this are not shown; see the Recap",
      "[  3.0s] ✗ 1/1  WAITFOR * STARTED  failed (3s)",
      "             node1, node2, node3, node4, node5, node6 … and 4984 more: START failed",
      "             node4991: reason 4990",
    ]
  `);
  expect(lines.slice(-19)).toMatchInlineSnapshot(`
    [
      "  node98          1         1    2s",
      "  node99          1         1    2s",
      "  node100         1         1    2s",
      "  … and 4900 more nodes",
      "",
      "FAILED (1 step failed) in 3s",
      "  1/1  WAITFOR * STARTED",
      "    node1, node2, node3, node4, node5, node6 … and 4984 more: START failed",
      "    node4991: reason 4990",
      "    node4992: reason 4991",
      "    node4993: reason 4992",
      "    node4994: reason 4993",
      "    node4995: reason 4994",
      "    node4996: reason 4995",
      "    node4997: reason 4996",
      "    node4998: reason 4997",
      "    node4999: reason 4998",
      "    … and 1 more with other reasons",
      "",
    ]
  `);
});

test('a playbook of 10,000 steps is told in time', () => {
  const steps = stepsOf(...Array.from({ length: 10_000 }, (_, index) => `WAIT ${index}ms`));
  const ends = steps.map((step, index): Happening => [index, passed(step)]);
  const lines = report('plain', [runStarted(steps), ...ends, finished('passed')]).split('\n');
  expect(lines[2]).toBe('[  0.0s] ✓     1/10000  WAIT 0ms  (1ms)');
  expect(lines[10_001]).toBe('[ 10.0s] ✓ 10000/10000  WAIT 9999ms  (1ms)');
});

test('the clock of a long run', () => {
  const times = [0, 49, 999_949, 999_950, 3_600_000, 86_400_000, 360_000_000];
  const story = times.map((ms): Happening => [ms, { type: 'warning-given', message: 'late' }]);
  expect(report('quiet', story)).toMatchInlineSnapshot(`
    "[  0.0s] ! late
    [  0.0s] ! late
    [999.9s] ! late
    [0:16:39] ! late
    [1:00:00] ! late
    [24:00:00] ! late
    [100:00:00] ! late
    "
  `);
});

const passed = (step: ReturnType<typeof stepsOf>[number]): RunEventBody => ({
  type: 'step-finished',
  step,
  verdict: 'passed',
  problems: [],
  tookMs: 1,
});

const recapOf = (output: string): string => output.slice(output.search(/^.*Recap/m));

const verdictOf = (output: string): string => output.slice(output.lastIndexOf('\n\n') + 2);
