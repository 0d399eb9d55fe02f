import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { formatEvent } from '../../src/events/index.ts';
import { eventsOf, type Happening, manyNodes } from '../report/story.ts';
import { createFolder, eventOf, FOLDER, output, passed, RUN_ID, record, STARTED, STEPS } from './record.ts';

const problems = [{ node: 'node1', reason: 'START is under way' }];
const received = (file: string, bytes: number): Happening => [
  500,
  { type: 'file-received', port: 6000, file, outcome: 'received', bytes },
];

it('names its folder by time, playbook and run, and says where it is', () => {
  const { recorder, folder } = record([STARTED]);
  expect(recorder.folder).toBe(`runs/${FOLDER}`);
  expect(readdirSync(join(folder, 'runs'))).toEqual([FOLDER]);
});

it.each([
  ['../a b;c\u001b$(x).playbook', 'a-b-c-x'],
  ['...', 'run'],
  ['x'.repeat(200), 'x'.repeat(40)],
])('the playbook %j is "%s" in the name', (file, name) => {
  const { recorder } = record([STARTED], { playbook: { file, source: '' } });
  expect(recorder.folder).toBe(`runs/20261122T100000Z-${name}-${RUN_ID}`);
});

it('everything is the owner’s alone', () => {
  const { folder, path } = record([STARTED, output('node1', 'x'), passed]);
  const modeOf = (file: string): string => (statSync(file).mode & 0o777).toString(8);
  expect([join(folder, 'runs'), path(''), path('nodes'), path('nodes/node1')].map(modeOf)).toEqual([
    '700',
    '700',
    '700',
    '700',
  ]);
  expect(
    ['run.json', 'events.ndjson', 'playbook', 'nodes/node1/output.log'].map((name) => modeOf(path(name))),
  ).toEqual(['600', '600', '600', '600']);
});

it('each event is in the file before the next one comes, as ndjson has it', () => {
  const story: Happening[] = [STARTED, output('node1', 'bell \u0007'), passed];
  const { recorder, read } = record([]);
  let expected = '';
  for (const event of eventsOf(story)) {
    recorder.onEvent(event);
    expected += `${formatEvent(event)}\n`;
    expect(read('events.ndjson')).toBe(expected);
  }
});

it('a run is unfinished from its first event, and finished with its last one', async () => {
  const { recorder, document, read } = record([STARTED]);
  expect(document()).toMatchObject({
    v: 1,
    id: RUN_ID,
    state: 'running',
    verdict: null,
    exitCode: null,
    endedAt: null,
    process: { pid: process.pid, startMark: expect.stringMatching(/./) },
    steps: [{ state: 'waiting' }, { state: 'waiting' }],
  });
  expect(read('playbook')).toBe('SEND node1 START\n');
  recorder.onEvent(eventOf(900, { type: 'run-finished', verdict: 'timed-out', problems, tookMs: 900 }));
  expect(document()).toMatchObject({ state: 'finished', verdict: 'timed-out', exitCode: 1, problems });
  await recorder.end({ exitCode: 70 });
  expect(document()).toMatchObject({ state: 'finished', verdict: 'timed-out', exitCode: 70 });
});

it('in between, run.json is written anew from time to time', () => {
  const started: Happening = [300, { type: 'step-started', step: STEPS[0] }];
  expect(record([STARTED, started]).document().steps[0]).toMatchObject({ state: 'running' });
});

it('a run that could not begin says why', async () => {
  const { recorder, document } = record([STARTED]);
  await recorder.end({ exitCode: 5, error: { code: 'BROKER_UNREACHABLE', message: 'nobody there' } });
  expect(document()).toMatchObject({
    state: 'finished',
    verdict: null,
    exitCode: 5,
    error: { code: 'BROKER_UNREACHABLE', message: 'nobody there' },
    endedAt: expect.stringMatching(/Z$/),
  });
});

it('who was waited for in vain is listed, with the step', () => {
  const waited: Happening = [
    400,
    { type: 'step-finished', step: STEPS[1], verdict: 'timed-out', problems, tookMs: 300 },
  ];
  const ended: Happening = [401, { type: 'run-finished', verdict: 'timed-out', problems, tookMs: 401 }];
  expect(record([STARTED, waited, ended]).document().noAnswers).toEqual([{ step: 1, ...problems[0] }]);
  expect(record([STARTED, ended]).document().noAnswers).toEqual([{ step: null, ...problems[0] }]);
});

it('each node has its own output, bytes as it printed them', () => {
  const { read, document } = record([
    STARTED,
    [1, { type: 'nodes-resolved', expression: '*', nodes: ['node1', 'node2', 'node3'] }],
    output('node1', 'one', '', 'two\u001b[0m'),
    output('node2', 'other'),
    output('node1', 'größer'),
    passed,
  ]);
  expect(read('nodes/node1/output.log')).toBe('one\n\ntwo\u001b[0m\ngrößer\n');
  expect(read('nodes/node2/output.log')).toBe('other\n');
  expect(document().nodes.map((node) => node.output)).toEqual([
    { file: 'nodes/node1/output.log', bytes: 22, linesLeftOut: 0 },
    { file: 'nodes/node2/output.log', bytes: 6, linesLeftOut: 0 },
    null,
  ]);
});

it('500 nodes that print by turns: few files are open at a time, and nothing is lost', () => {
  const names = manyNodes(500);
  const openFiles = (): number => readdirSync('/proc/self/fd').length;
  const before = openFiles();
  const round = names.map((node) => output(node, `hello of ${node}`));
  const { read } = record([STARTED, ...round, ...round, ...round]);
  expect(openFiles() - before).toBeLessThan(140);
  for (const node of names) {
    expect(read(`nodes/${node}/output.log`)).toBe(`hello of ${node}\n`.repeat(3));
  }
});

it('an output that is too large ends with a word about it; the others go on', () => {
  const { read, document } = record(
    [
      STARTED,
      ...Array.from({ length: 9 }, () => output('node1', 'x'.repeat(39))),
      output('node2', 'y'),
      passed,
    ],
    { limits: { outputOfNode: 100 } },
  );
  const said = '[the record is full: the rest is left out]\n';
  expect(read('nodes/node1/output.log')).toBe(`${'x'.repeat(39)}\n`.repeat(2) + said);
  expect(read('nodes/node2/output.log')).toBe('y\n');
  expect(document().events).toEqual({ written: 12, leftOut: 0 });
});

it('all outputs together are bounded too', () => {
  const { read } = record(
    [STARTED, output('node1', 'x'.repeat(60)), output('node2', 'y'.repeat(60)), passed],
    {
      limits: { outputOfAll: 100 },
    },
  );
  expect(read('nodes/node1/output.log')).toContain('x');
  expect(read('nodes/node2/output.log')).not.toContain('y');
});

it('of too many events those that come in any number are left out, and counted', () => {
  const { read, document } = record(
    [STARTED, ...Array.from({ length: 50 }, () => output('node1', 'x')), passed],
    { limits: { events: 2000 } },
  );
  const types = read('events.ndjson')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).type);
  expect(types.at(-1)).toBe('run-finished');
  const { written, leftOut } = document().events;
  expect(written).toBe(types.length);
  expect(written + leftOut).toBe(52);
  expect(leftOut).toBeGreaterThan(30);
});

it('a received file stays where it is, and the record has a copy of its own', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, 'server.log'), 'first');
  const { recorder, read, path, document } = record([STARTED, received('server.log', 5)], {
    workingDirectory: folder,
  });
  // The next RECEIVE of this name takes its place at once.
  rmSync(join(folder, 'server.log'));
  writeFileSync(join(folder, 'server.log'), 'later');
  recorder.onEvent(
    eventOf(600, { type: 'file-received', port: 6000, file: 'server.log', outcome: 'received', bytes: 5 }),
  );
  await recorder.end({ exitCode: 0 });
  writeFileSync(join(folder, 'server.log'), 'changed in place');
  expect([read('files/server.log'), read('files/server.log.2')]).toEqual(['first', 'later']);
  expect(statSync(path('files/server.log')).mode & 0o777).toBe(0o600);
  expect(document().files).toMatchObject([
    { file: 'server.log', outcome: 'received', bytes: 5, copy: 'files/server.log', copyNote: null },
    { file: 'server.log', copy: 'files/server.log.2', copyNote: null },
  ]);
});

it('a large one is not copied: it has a second name', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, 'big'), 'x'.repeat(100));
  const { recorder, path, document } = record([STARTED, received('big', 100)], {
    directory: join(folder, 'runs'),
    workingDirectory: folder,
    limits: { copiedFile: 99 },
  });
  await recorder.end({ exitCode: 0 });
  expect(statSync(path('files/big')).ino).toBe(statSync(join(folder, 'big')).ino);
  expect(document().files).toMatchObject([
    { copy: 'files/big', copyNote: expect.stringMatching(/^a hard link/) },
  ]);
});

it('a file that is gone already, or did not arrive, is said', async () => {
  const { recorder, document, troubles } = record([
    STARTED,
    received('gone', 3),
    [600, { type: 'file-received', port: 1, file: 'x', outcome: 'failed', bytes: 1, reason: 'cut' }],
  ]);
  await recorder.end({ exitCode: 1 });
  expect(document().files).toMatchObject([
    { file: 'gone', copy: null, copyNote: expect.stringMatching(/^not kept: ENOENT/) },
    { file: 'x', outcome: 'failed', reason: 'cut', copy: null, copyNote: null },
  ]);
  expect(troubles).toEqual([]);
});

it('where no folder can be made, that is said once, and nothing is thrown', async () => {
  const folder = createFolder();
  writeFileSync(join(folder, 'file'), '');
  const { recorder, troubles } = record([STARTED, output('node1', 'x'), passed], {
    directory: join(folder, 'file'),
    shownDirectory: 'file',
  });
  await recorder.end({ exitCode: 0 });
  expect(recorder.folder).toBeUndefined();
  expect(troubles).toEqual([expect.stringMatching(/^no record in file: .*; the run goes on$/)]);
});

it('what goes wrong later is said once, and in run.json; events are whole lines', async () => {
  const { recorder, path, read, document, troubles } = record([STARTED]);
  writeFileSync(path('nodes'), 'in the way');
  for (const node of manyNodes(3)) {
    recorder.onEvent(eventOf(10, { type: 'output-received', node, stream: 'stdout', lines: ['x'] }));
  }
  await recorder.end({ exitCode: 0 });
  expect(troubles).toEqual([
    expect.stringMatching(/^the record in runs\/.* is not whole: .*; the run goes on$/),
  ]);
  expect(document()).toMatchObject({
    state: 'finished',
    exitCode: 0,
    trouble: expect.stringMatching(/ENOTDIR|EEXIST/),
  });
  for (const line of read('events.ndjson').trimEnd().split('\n'))
    expect(() => JSON.parse(line)).not.toThrow();
});

it('a folder that is deleted meanwhile is not made again', async () => {
  const { recorder, path, troubles } = record([STARTED]);
  rmSync(path(''), { recursive: true });
  mkdirSync(join(path(''), '..'), { recursive: true });
  await recorder.end({ exitCode: 0 });
  expect(existsSync(path(''))).toBe(false);
  expect(troubles).toHaveLength(1);
});
