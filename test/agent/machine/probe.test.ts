import { describe, expect, test } from 'vitest';
import { createMachineBench, type MachineBench } from './machine-bench.ts';

/** A machine that has started. */
function startBench(): MachineBench {
  const bench = createMachineBench();
  bench.start();
  return bench;
}

const probe = (bench: MachineBench, id: string, port: number, ms = 1000): string[] =>
  bench.command(id, '_probe', ['tcp', String(port), String(ms)]);

/** What happens about probes while time passes. */
const pass = (bench: MachineBench, ms: number): string[] =>
  bench.pass(ms).filter((told) => !told.startsWith('HEARTBEAT'));

describe('a probe', () => {
  test('is answered at once when the port listens, with where', () => {
    const bench = startBench();
    expect(probe(bench, 'p1', 5201)).toEqual(['find-listeners']);
    expect(bench.listeners('0.0.0.0:22', '127.0.0.1:5201', '::1:5201', '127.0.0.1:5201')).toEqual([
      'probed p1: listening 127.0.0.1 ::1',
    ]);
    expect(pass(bench, 5000)).toEqual([]);
  });

  test('is answered as soon as the port listens', () => {
    const bench = startBench();
    probe(bench, 'p1', 5201);
    expect(bench.listeners('0.0.0.0:22')).toEqual([]);
    expect(bench.pass(49)).toEqual([]);
    expect(bench.pass(1)).toEqual(['find-listeners']);
    expect(bench.listeners('0.0.0.0:22', '0.0.0.0:5201')).toEqual(['probed p1: listening 0.0.0.0']);
    expect(pass(bench, 5000)).toEqual([]);
  });

  test('is answered when its time is over, by the look of that moment', () => {
    const bench = startBench();
    probe(bench, 'p1', 5201, 70);
    bench.listeners();
    expect(bench.pass(50)).toEqual(['find-listeners']);
    bench.listeners();
    expect(bench.pass(19)).toEqual([]);
    expect(bench.pass(1)).toEqual(['find-listeners']);
    expect(bench.listeners()).toEqual(['probed p1: closed']);
    expect(pass(bench, 5000)).toEqual([]);
  });

  test('waits a second at most', () => {
    const bench = startBench();
    probe(bench, 'p1', 5201, 999_999);
    bench.listeners();
    bench.pass(1000);
    expect(bench.listeners()).toEqual(['probed p1: closed']);
  });

  test('is answered at once, with the reason, where the system does not tell', () => {
    const bench = startBench();
    probe(bench, 'p1', 5201);
    expect(bench.noListeners('no table')).toEqual(['probed p1: unknown: no table']);
    expect(pass(bench, 5000)).toEqual([]);
  });

  test('needs no lease, and no end of what runs', () => {
    const bench = startBench();
    bench.command('l1', '_lease', ['alice@lab', '15000'], { run: 'r1' });
    bench.command('c1', 'START', [], { run: 'r1' });
    probe(bench, 'p1', 5201);
    expect(bench.listeners(':::5201')).toEqual(['probed p1: listening ::']);
  });

  test('to several ports at a time is one look, each answered in its own time', () => {
    const bench = startBench();
    probe(bench, 'p1', 5201);
    expect(probe(bench, 'p2', 5202)).toEqual([]);
    expect(bench.listeners('::1:5202')).toEqual(['probed p2: listening ::1']);
    expect(bench.pass(50)).toEqual(['find-listeners']);
    // One that comes while the machine rests need not wait.
    bench.listeners();
    expect(probe(bench, 'p3', 5203)).toEqual(['find-listeners']);
  });

  test('that is asked again under its id is one, and counts from then', () => {
    const bench = startBench();
    probe(bench, 'p1', 5201);
    bench.listeners();
    expect(bench.pass(500)).toEqual(['find-listeners']);
    bench.listeners();
    probe(bench, 'p1', 5201);
    bench.listeners();
    bench.pass(600);
    expect(bench.listeners('0.0.0.0:5201')).toEqual(['probed p1: listening 0.0.0.0']);
    expect(probe(bench, 'p1', 5201)).toEqual(['find-listeners']);
    expect(bench.listeners()).toEqual([]);
  });

  test('takes a tenth of the machine at most where looking takes long', () => {
    const bench = startBench();
    probe(bench, 'p1', 5201);
    bench.pass(40);
    bench.listeners();
    expect(bench.pass(359)).toEqual([]);
    expect(bench.pass(1)).toEqual(['find-listeners']);
  });

  test.each([
    [['udp', '53', '0']],
    [['tcp', '0', '0']],
    [['tcp', '65536', '0']],
    [['tcp', '5201']],
    [['tcp', '-1', '0']],
    [['tcp', '5201', 'soon']],
    [[]],
  ])('of %j is answered by what this agent answers for', (args) => {
    const bench = startBench();
    expect(bench.command('p1', '_probe', args)).toEqual([
      'probed p1: unknown: this agent answers for tcp, a port from 1 to 65535 and a number of milliseconds',
    ]);
  });

  test('on the topic of all agents is ignored', () => {
    const bench = startBench();
    expect(bench.command('p1', '_probe', ['tcp', '1', '0'], { topic: 'shared' })).toEqual([]);
  });
});

test('so many probes at a time, and no more', () => {
  const bench = startBench();
  for (let i = 0; i < 500; i += 1) probe(bench, `p${i}`, 5201);
  expect(bench.listeners('0.0.0.0:5201')).toHaveLength(100);
  expect(probe(bench, 'p1', 5201)).toEqual(['find-listeners']);
});

test('of a port with a thousand addresses sixteen are told', () => {
  const bench = startBench();
  probe(bench, 'p1', 5201);
  const addresses = Array.from({ length: 1000 }, (_, i) => `10.0.${i >> 8}.${i & 255}:5201`);
  bench.listeners(...addresses);
  expect(bench.replies.at(-1)).toMatchObject({ kind: 'probed', addresses: { length: 16 } });
});
