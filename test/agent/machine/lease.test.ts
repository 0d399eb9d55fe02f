import { describe, expect, test } from 'vitest';
import { createMachineBench, INTERRUPTED, type MachineBench } from './machine-bench.ts';

const R1 = { run: 'r1' };
const R2 = { run: 'r2' };
const BUSY = 'BUSY r1 ci@lab since 2026-01-01T00:00:01Z';

/** A started node that belongs to run r1 of ci@lab since 00:00:01. */
function leasedBench(ttlMs = 15_000): MachineBench {
  const bench = createMachineBench();
  bench.start();
  bench.command('l1', '_lease', ['ci@lab', String(ttlMs)], R1);
  return bench;
}

function withoutHeartbeats(told: readonly string[]): string[] {
  return told.filter((line) => !line.startsWith('HEARTBEAT'));
}

describe('the lease', () => {
  test('is granted to the first who asks, and told to everybody', () => {
    const bench = createMachineBench();
    bench.start();
    expect(bench.command('l1', '_lease', ['ci@lab', '15000'], R1)).toEqual(['ack l1']);
    expect(bench.command('q1', '_report')).toEqual(['report q1: ALIVE, lease r1, unfinished none']);
    expect(bench.replies.at(-1)).toMatchObject({
      lease: { run: 'r1', owner: 'ci@lab', since: Date.UTC(2026, 0, 1, 0, 0, 1) },
    });
  });

  test('is refused to a second run, with whose it is and since when', () => {
    const bench = leasedBench();
    expect(bench.command('l2', '_lease', ['eve@lab', '15000'], R2)).toEqual([`refuse l2 busy: ${BUSY}`]);
  });

  test('keeps its beginning when the same run asks again', () => {
    const bench = leasedBench();
    bench.pass(5000);
    expect(bench.command('l2', '_lease', ['ci@lab', '15000'], R1)).toEqual(['ack l2']);
    expect(bench.command('l3', '_lease', ['eve@lab', '15000'], R2)).toEqual([`refuse l3 busy: ${BUSY}`]);
  });

  test.each([
    { what: 'no run', args: ['ci@lab', '15000'], more: {} },
    { what: 'no owner', args: [], more: R1 },
    { what: 'no time', args: ['ci@lab'], more: R1 },
    { what: 'an empty time', args: ['ci@lab', ''], more: R1 },
    { what: 'a negative time', args: ['ci@lab', '-1'], more: R1 },
    { what: 'a time that is no number', args: ['ci@lab', 'soon'], more: R1 },
    { what: 'endless digits', args: ['ci@lab', '9'.repeat(30)], more: R1 },
  ])('is refused as invalid with $what', ({ args, more }) => {
    const bench = createMachineBench();
    bench.start();
    expect(bench.command('l1', '_lease', args, more)).toEqual([
      'refuse l1 invalid: _lease needs a run, an owner and milliseconds to live',
    ]);
  });

  test('lets only its run start work; a command without a run is refused, too', () => {
    const bench = leasedBench();
    expect(bench.command('c1', 'START', [], R2)).toEqual([`refuse c1 busy: ${BUSY}`]);
    expect(bench.command('c2', 'FOO')).toEqual([`refuse c2 busy: ${BUSY}`]);
    expect(bench.command('c3', 'START', [], R1)).toEqual(['ack c3', 'run startFunction for c3']);
  });

  test('is needed by a command that names a run, not by one that names none', () => {
    const bench = createMachineBench();
    bench.start();
    expect(bench.command('c1', 'START', [], R1)).toEqual([
      'refuse c1 no-lease: the run does not hold this node: its lease has lapsed, or was never taken',
    ]);
    expect(bench.command('c2', 'START')).toEqual(['ack c2', 'run startFunction for c2']);
  });

  test('stands in nobody’s way who stops, asks or terminates', () => {
    const bench = leasedBench();
    expect(bench.command('p1', '_ping', [], R2)).toEqual(['pong p1']);
    expect(bench.command('q1', '_report', [], R2)).toEqual(['report q1: ALIVE, lease r1, unfinished none']);
    expect(bench.command('c1', 'STOP')).toContain('ack c1');
    bench.ended();
    bench.cleared();
    expect(bench.command('c2', 'TERMINATE', [], R2)).toContain('ack c2');
  });

  test('does not refuse plain text, but says so', () => {
    const bench = leasedBench();
    expect(bench.text('START', '1')).toEqual([
      `warn: plain text "START" taken although this node is ${BUSY}`,
      'run startFunction 1 for own1',
    ]);
  });

  test('is renewed on the shared topic, for its own run only', () => {
    const bench = leasedBench();
    bench.pass(10_000);
    expect(bench.command('l2', '_lease', ['ci@lab', '15000'], { ...R1, topic: 'shared' })).toEqual([]);
    bench.pass(10_000);
    expect(bench.command('l3', '_lease', ['eve@lab', '15000'], { ...R2, topic: 'shared' })).toEqual([]);
    expect(bench.command('q1', '_report')).toEqual(['report q1: ALIVE, lease r1, unfinished none']);
    bench.pass(5000);
    expect(bench.command('q2', '_report')).toEqual(['report q2: ALIVE, lease free, unfinished none']);
  });

  test('is not taken on the shared topic', () => {
    const bench = createMachineBench();
    bench.start();
    expect(bench.command('l1', '_lease', ['ci@lab', '15000'], { ...R1, topic: 'shared' })).toEqual([]);
    expect(bench.command('q1', '_report')).toEqual(['report q1: ALIVE, lease free, unfinished none']);
  });

  test('of 0 ms never lapses', () => {
    const bench = leasedBench(0);
    bench.pass(3_600_000);
    expect(bench.command('l2', '_lease', ['eve@lab', '15000'], R2)).toEqual([`refuse l2 busy: ${BUSY}`]);
  });

  test('is given back by its run, whose work goes on; another one’s word changes nothing', () => {
    const bench = leasedBench();
    bench.command('c1', 'START', [], R1);
    expect(bench.command('x1', '_release', [], R2)).toEqual(['ack x1']);
    expect(bench.command('l2', '_lease', ['eve@lab', '15000'], R2)).toEqual([`refuse l2 busy: ${BUSY}`]);
    expect(bench.command('x2', '_release', [], R1)).toEqual(['ack x2']);
    expect(bench.command('l3', '_lease', ['eve@lab', '15000'], R2)).toEqual(['ack l3']);
    expect(bench.ended()).toEqual(['say STARTED (c1)', 'result c1 ok 0']);
  });

  test('given back with `stop`: what is left of the run’s work ends, also what came after its STOP', () => {
    const bench = leasedBench();
    bench.command('c1', 'STOP', [], R1);
    bench.ended();
    bench.cleared();
    bench.command('c2', 'START', [], R1);
    expect(bench.command('x1', '_release', ['stop'], R1)).toEqual([
      'warn: a run that did not pass gave this node back with work left: it is stopped',
      'interrupt',
      'ack x1',
    ]);
    expect(bench.command('c3', 'START', [], R1)[0]).toMatch(/^refuse c3 no-lease/);
    bench.ended({ code: 143, interrupted: true });
    bench.ended();
    expect(bench.cleared()).toContain('say STOPPED run-over');
  });

  test('given back with `stop` by a run that left nothing, or whose STOP is under way: nothing more happens', () => {
    const bench = leasedBench();
    bench.command('c1', 'START', [], R1);
    bench.ended();
    bench.command('c2', 'STOP', [], R1);
    expect(bench.command('x1', '_release', ['stop'], R1)).toEqual(['ack x1']);
    bench.ended();
    bench.cleared();
    bench.command('l2', '_lease', ['ci@lab', '15000'], R1);
    expect(bench.command('x2', '_release', ['stop'], R1)).toEqual(['ack x2']);
  });

  test('another run’s `_release stop` stops nothing', () => {
    const bench = leasedBench();
    bench.command('c1', 'START', [], R1);
    expect(bench.command('x1', '_release', ['stop'], R2)).toEqual(['ack x1']);
  });

  test('is given back on the shared topic without an answer', () => {
    const bench = leasedBench();
    expect(bench.command('x1', '_release', [], { ...R1, topic: 'shared' })).toEqual([]);
    expect(bench.command('q1', '_report')).toEqual(['report q1: ALIVE, lease free, unfinished none']);
  });

  test('is not granted again to the run that gave it back, by a message that comes twice', () => {
    const bench = leasedBench();
    bench.command('x1', '_release', [], R1);
    expect(bench.command('l1', '_lease', ['ci@lab', '15000'], R1)).toEqual(['ack l1']);
    expect(bench.command('x1', '_release', [], R1)).toEqual(['ack x1']);
    expect(bench.command('q1', '_report')).toEqual(['report q1: ALIVE, lease free, unfinished none']);
    const acks = bench.replies.flatMap((reply) => (reply.kind === 'ack' ? [`${reply.id} ${reply.seq}`] : []));
    expect(acks.slice(-2)).toEqual(acks.slice(-4, -2));
  });
});

describe('a lease that lapses', () => {
  test('is said by nobody when there is no work', () => {
    const bench = leasedBench();
    expect(withoutHeartbeats(bench.pass(20_000))).toEqual([]);
    expect(bench.command('c1', 'START', [], R1)[0]).toContain('refuse c1 no-lease');
  });

  test('ends the work of its run, and says why', () => {
    const bench = leasedBench();
    bench.command('c1', 'START', [], R1);
    bench.ended();
    expect(withoutHeartbeats(bench.pass(15_000))).toEqual([
      'warn: the run r1 of ci@lab was not heard of for longer than its lease of 15s: its work is stopped',
      'run stopFunction for own1',
    ]);
    expect(bench.ended()).toEqual(['end leftovers but of init']);
    expect(bench.cleared()).toEqual(['say STOPPED lease-lost']);
    expect(withoutHeartbeats(bench.pass(60_000))).toEqual([]);
  });

  test('interrupts what runs and cancels what waits', () => {
    const bench = leasedBench();
    bench.command('c1', 'START', [], R1);
    bench.command('c2', 'FOO', [], R1);
    const told = withoutHeartbeats(bench.pass(15_000));
    expect(told.slice(1)).toEqual(['result c2 cancelled: by STOP', 'interrupt']);
    expect(bench.ended(INTERRUPTED)).toEqual(['result c1 cancelled 143', 'run stopFunction for own1']);
    bench.ended();
    expect(bench.cleared()).toEqual(['say STOPPED lease-lost']);
  });

  test('does so while the broker is gone', () => {
    const bench = leasedBench();
    bench.command('c1', 'START', [], R1);
    bench.ended();
    bench.handle({ kind: 'disconnected' });
    expect(bench.pass(15_000)).toContain('run stopFunction for own1');
  });
});

describe('a take-over', () => {
  const TAKE_OVER = ['eve@lab', '15000', 'take-over'];

  test('of a free node is a lease like any other', () => {
    const bench = createMachineBench();
    bench.start();
    expect(bench.command('l1', '_lease', TAKE_OVER, R2)).toEqual(['ack l1']);
  });

  test('stops the former run’s work first and is granted then', () => {
    const bench = leasedBench();
    bench.command('c1', 'START', [], R1);
    bench.command('c2', 'FOO', [], R1);
    expect(bench.command('l2', '_lease', TAKE_OVER, R2)).toEqual([
      `warn: taken over by eve@lab; it was ${BUSY}`,
      'result c2 cancelled: by STOP',
      'interrupt',
    ]);
    expect(bench.ended(INTERRUPTED)).toEqual(['result c1 cancelled 143', 'run stopFunction for own1']);
    expect(bench.ended()).toEqual(['end leftovers but of init']);
    expect(bench.cleared()).toEqual(['say STOPPED taken-over by eve@lab', 'ack l2']);
    expect(bench.command('c3', 'START', [], R2)).toEqual(['ack c3', 'run startFunction for c3']);
  });

  test('lets the former run start nothing more meanwhile', () => {
    const bench = leasedBench();
    bench.command('l2', '_lease', TAKE_OVER, R2);
    expect(bench.command('c1', 'START', [], R1)[0]).toContain('refuse c1 busy: BUSY r2 eve@lab');
  });

  test('that is asked for again and again stops once and is granted once', () => {
    const bench = leasedBench();
    bench.command('l2', '_lease', TAKE_OVER, R2);
    expect(bench.command('l2', '_lease', TAKE_OVER, R2)).toEqual([]);
    expect(bench.command('l2', '_lease', TAKE_OVER, R2)).toEqual([]);
    bench.ended();
    expect(bench.cleared()).toEqual(['say STOPPED taken-over by eve@lab', 'ack l2']);
    expect(bench.command('l2', '_lease', TAKE_OVER, R2)).toEqual(['ack l2']);
  });

  test('does not lapse while it waits for a slow stopFunction', () => {
    const bench = leasedBench();
    bench.command('l2', '_lease', TAKE_OVER, R2);
    expect(withoutHeartbeats(bench.pass(25_000))).toEqual([]);
    bench.ended();
    expect(bench.cleared()).toEqual(['say STOPPED taken-over by eve@lab', 'ack l2']);
    expect(bench.command('q1', '_report')[0]).toContain('lease r2');
  });

  test('gives way to a later one', () => {
    const bench = leasedBench();
    bench.command('l2', '_lease', TAKE_OVER, R2);
    expect(bench.command('l3', '_lease', ['bob@lab', '15000', 'take-over'], { run: 'r3' })).toEqual([
      'refuse l2 busy: BUSY r3 bob@lab since 2026-01-01T00:00:01Z',
    ]);
    bench.ended();
    expect(bench.cleared()).toEqual(['say STOPPED taken-over by eve@lab', 'ack l3']);
  });

  test('that its run gives up leaves the node free', () => {
    const bench = leasedBench();
    bench.command('l2', '_lease', TAKE_OVER, R2);
    expect(bench.command('x1', '_release', [], R2)).toEqual([
      'refuse l2 busy: the run gave it back',
      'ack x1',
    ]);
    bench.ended();
    expect(bench.cleared()).toEqual(['say STOPPED taken-over by eve@lab']);
    expect(bench.command('q1', '_report')[0]).toContain('lease free');
  });

  test('is granted although something survived, which is said', () => {
    const bench = leasedBench();
    bench.command('l2', '_lease', TAKE_OVER, R2);
    bench.ended();
    expect(bench.cleared('iperf3 (77)')).toEqual(['say FAILED STOP still running: iperf3 (77)', 'ack l2']);
  });
});
