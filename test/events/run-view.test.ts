import { expect, test } from 'vitest';
import { createRunFold, type RunEvent, type RunEventBody, type RunView } from '../../src/events/index.ts';

const steps = [
  { index: 0, kind: 'send', line: 1, text: 'SEND node1 START' },
  { index: 1, kind: 'waitfor', line: 2, text: 'WAITFOR node1 STARTED' },
] as const;

function fold(...happenings: readonly (readonly [elapsedMs: number, body: RunEventBody])[]): RunView {
  const { view, apply } = createRunFold();
  happenings.forEach(([elapsedMs, body], index) => {
    const event: RunEvent = {
      runId: 'r1',
      seq: index + 1,
      at: '2026-11-22T10:00:00.000Z',
      elapsedMs,
      ...body,
    };
    apply(event);
  });
  return view;
}

const problems = [{ node: 'node1', reason: 'it was lost' }];
const started = [0, { type: 'run-started', playbook: 'p', broker: 'b', owner: 'o', steps }] as const;
const sent = (at: number, commandId: string) =>
  [at, { type: 'command-sent', node: 'node1', commandId, text: 'START' }] as const;
const ended = (
  at: number,
  commandId: string,
  end: Extract<RunEventBody, { type: 'command-finished' }>['end'],
) =>
  [
    at,
    { type: 'command-finished', node: 'node1', commandId, text: 'START', end, warnings: [], tookMs: 1 },
  ] as const;

test('nothing has happened yet', () => {
  expect(fold()).toEqual({
    steps: [],
    nodes: new Map(),
    syncs: [],
    verdict: undefined,
    problems: [],
    leftBehind: [],
    tookMs: 0,
  });
});

test('steps wait, run and finish', () => {
  const view = fold(
    started,
    [10, { type: 'step-started', step: steps[0] }],
    [20, { type: 'step-finished', step: steps[0], verdict: 'unreachable', problems, tookMs: 10 }],
    [20, { type: 'step-started', step: steps[1] }],
  );
  expect(view.steps).toEqual([
    { step: steps[0], state: 'finished', verdict: 'unreachable', problems, tookMs: 10 },
    { step: steps[1], state: 'running', verdict: undefined, problems: [], tookMs: 0 },
  ]);
  expect(view.tookMs).toBe(20);
});

test('a step that the run did not announce is passed over', () => {
  const view = fold([10, { type: 'step-started', step: steps[0] }]);
  expect(view.steps).toEqual([]);
});

test('the time of a node is the time in which at least one command to it was under way', () => {
  const view = fold(
    started,
    sent(100, 'a'),
    sent(150, 'b'),
    ended(200, 'a', 'ok'),
    ended(300, 'b', 'ok'),
    sent(1000, 'c'),
    ended(1010, 'c', 'ok'),
  );
  expect(view.nodes.get('node1')).toMatchObject({ commands: 3, failures: 0, busyMs: 210 });
});

test.each([
  ['ok', 0],
  ['cancelled', 0],
  ['failed', 1],
  ['expired', 1],
  ['lost', 1],
  ['refused', 1],
  ['not-delivered', 1],
] as const)('a command that ended "%s" counts as %i failures', (end, failures) => {
  expect(fold(sent(0, 'a'), ended(1, 'a', end)).nodes.get('node1')?.failures).toBe(failures);
});

test('of a node the last state, version and update are kept', () => {
  const view = fold(
    [1, { type: 'node-changed', node: 'node1', state: 'silent', detail: '' }],
    [2, { type: 'node-changed', node: 'node1', state: 'alive', detail: '', version: '0.1.0' }],
    [2, { type: 'node-changed', node: 'node1', state: 'lost', detail: '' }],
    [3, { type: 'update-reported', node: 'node1', commandId: 'a', text: '1 %' }],
    [4, { type: 'update-reported', node: 'node1', commandId: 'a', text: '2 %' }],
  );
  expect(view.nodes.get('node1')).toMatchObject({
    state: 'lost',
    version: '0.1.0',
    lastUpdate: '2 %',
    commands: 0,
  });
});

test('output and statuses, however many, are not kept', () => {
  const view = fold(
    started,
    ...Array.from({ length: 1000 }, (_, index) => {
      const body: RunEventBody =
        index % 2 === 0
          ? { type: 'output-received', node: `node${index}`, stream: 'stdout', lines: ['x'] }
          : { type: 'status-reported', node: `node${index}`, text: 'STARTED' };
      return [index, body] as const;
    }),
  );
  expect(view.nodes.size).toBe(0);
});

test('every SYNC that was measured is kept, in order', () => {
  const measured = {
    type: 'sync-measured',
    step: steps[0],
    plannedAt: '2026-11-22T10:00:00.500Z',
    starts: [{ node: 'node1', started: true, afterMs: 0.5, uncertaintyMs: 0.7, stampedBy: 'shell' }],
    skewMs: 0,
    attempts: 1,
    verdict: 'passed',
  } as const;
  const again = { ...measured, skewMs: 1, attempts: 2 } as const;
  expect(fold(started, [600, measured], [900, again]).syncs).toMatchObject([measured, again]);
});

test('the verdict comes with the end of the run', () => {
  const view = fold(
    started,
    [90, { type: 'clean-up-finished', problems }],
    [99, { type: 'run-finished', verdict: 'timed-out', problems, tookMs: 98 }],
  );
  expect(view).toMatchObject({ verdict: 'timed-out', problems, leftBehind: problems, tookMs: 99 });
});

test('the view is one object, which changes', () => {
  const { view, apply } = createRunFold();
  apply({ runId: 'r', seq: 1, at: '', elapsedMs: 5, type: 'warning-given', message: 'x' });
  expect(view.tookMs).toBe(5);
});
