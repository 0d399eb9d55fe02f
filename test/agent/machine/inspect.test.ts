import { expect, test } from 'vitest';
import type { Seen } from '../../../src/agent/machine/agent-port.ts';
import { createMachineBench, type MachineBench } from './machine-bench.ts';

const QUESTION = { verbs: ['START', 'FOO', 'BAR', 'no verb'], ports: [5201], ways: [{ host: '10.0.0.1' }] };
const SEEN: Seen = {
  commands: [],
  ports: [{ port: 5201, state: 'free' }],
  ways: [{ host: '10.0.0.1', state: 'answered', by: 'ping' }],
  folders: [],
};
const NEEDS = { requires: 'iperf3 >= 3.9', path: '/bin' };

function startBench(): MachineBench {
  const bench = createMachineBench();
  bench.connect();
  const outcome = { ok: true, functions: new Set(['startFunction', 'fooFunction']), needs: NEEDS } as const;
  bench.handle({ kind: 'script-loaded', outcome });
  return bench;
}

const inspect = (bench: MachineBench, id: string, question: unknown = QUESTION): string[] =>
  bench.command(id, '_inspect', [JSON.stringify(question)]);

test('looks at the machine, for what the script requires too, and says what was found', () => {
  const bench = startBench();
  expect(inspect(bench, 'i1')).toEqual([`inspect for i1: ${JSON.stringify({ ...QUESTION, ...NEEDS })}`]);
  bench.handle({ kind: 'inspected', id: 'i1', seen: SEEN });
  expect(bench.replies.at(-1)).toMatchObject({
    kind: 'inspected',
    id: 'i1',
    found: { script: { state: 'ready' }, unanswered: ['BAR', 'no verb'], ...SEEN },
  });
});

test('needs no lease, and no end of what runs', () => {
  const bench = startBench();
  bench.command('l1', '_lease', ['alice@lab', '15000'], { run: 'r1' });
  bench.command('c1', 'START', [], { run: 'r1' });
  expect(inspect(bench, 'i1')).toHaveLength(1);
});

test('says that the script is not ready yet, or why it is of no use', () => {
  const bench = createMachineBench();
  bench.connect();
  inspect(bench, 'i1');
  bench.handle({ kind: 'inspected', id: 'i1', seen: SEEN });
  expect(bench.replies.at(-1)).toMatchObject({
    found: { script: { state: 'loading' }, unanswered: QUESTION.verbs },
  });
  bench.handle({ kind: 'script-loaded', outcome: { ok: false, reason: 'functions.sh:3: no' } });
  inspect(bench, 'i2');
  bench.handle({ kind: 'inspected', id: 'i2', seen: SEEN });
  expect(bench.replies.at(-1)).toMatchObject({
    found: { script: { state: 'failed', reason: 'FAILED INIT functions.sh:3: no' } },
  });
});

test('a question that comes again meanwhile is not looked into twice; afterwards it is', () => {
  const bench = startBench();
  inspect(bench, 'i1');
  expect(inspect(bench, 'i1')).toEqual([]);
  expect(bench.handle({ kind: 'inspected', id: 'i1', seen: SEEN })).toHaveLength(1);
  expect(bench.handle({ kind: 'inspected', id: 'i1', seen: SEEN })).toEqual([]);
  expect(inspect(bench, 'i1')).toHaveLength(1);
});

test('so many questions at a time, and no more', () => {
  const bench = startBench();
  const asked = Array.from({ length: 20 }, (_, index) => inspect(bench, `i${index}`)).flat();
  expect(asked).toHaveLength(4);
});

test('on the topic of all agents it is ignored', () => {
  const bench = startBench();
  const args = [JSON.stringify(QUESTION)];
  expect(bench.command('i1', '_inspect', args, { topic: 'shared' })).toEqual([]);
});

test.each([
  ['nothing', undefined],
  ['no JSON', 'what?'],
  ['no question', '{}'],
  ['a port of 0', JSON.stringify({ ...QUESTION, ports: [0] })],
  ['an option as a host', JSON.stringify({ ...QUESTION, ways: [{ host: '-f' }] })],
  ['too much', JSON.stringify({ ...QUESTION, ports: Array.from({ length: 101 }, (_, i) => i + 1) })],
])('%s is answered by what is wrong', (_, text) => {
  const bench = startBench();
  const args = text === undefined ? [] : [text];
  expect(bench.command('i1', '_inspect', args)).toEqual([
    expect.stringMatching(/^inspected i1: the question is not understood: ./),
  ]);
});
