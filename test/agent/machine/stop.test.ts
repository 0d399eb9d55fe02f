import { describe, expect, test } from 'vitest';
import { createMachineBench, INTERRUPTED, type MachineBench } from './machine-bench.ts';

function startedBench(functions?: readonly string[]): MachineBench {
  const bench = createMachineBench();
  bench.start(functions);
  return bench;
}

describe('STOP', () => {
  test('calls stopFunction, ends what is left but of init, and says STOPPED', () => {
    const bench = startedBench();
    expect(bench.command('c1', 'STOP')).toEqual(['ack c1', 'run stopFunction for c1']);
    expect(bench.ended()).toEqual(['end leftovers but of init']);
    expect(bench.cleared()).toEqual(['say STOPPED (c1)', 'result c1 ok 0']);
  });

  test('without a stopFunction ends what is left', () => {
    const bench = startedBench(['startFunction']);
    expect(bench.command('c1', 'STOP')).toEqual(['ack c1', 'end leftovers but of init']);
    expect(bench.cleared()).toEqual(['say STOPPED (c1)', 'result c1 ok']);
  });

  test('cancels what waits, interrupts what runs, and goes on then', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    bench.command('c2', 'FOO');
    bench.command('c3', 'START');
    expect(bench.command('c4', 'STOP')).toEqual([
      'ack c4',
      'result c2 cancelled: by STOP',
      'result c3 cancelled: by STOP',
      'interrupt',
    ]);
    expect(bench.ended(INTERRUPTED)).toEqual(['result c1 cancelled 143', 'run stopFunction for c4']);
  });

  test('lets a function that ended in the same moment have ended by itself', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    bench.command('c2', 'STOP');
    expect(bench.ended()).toEqual(['say STARTED (c1)', 'result c1 ok 0', 'run stopFunction for c2']);
  });

  test('interrupts once, however many stop', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    expect(bench.command('c2', 'STOP')).toContain('interrupt');
    expect(bench.command('c3', 'STOP')).toEqual(['ack c3']);
  });

  test('warns of a stopFunction that failed, since the work is gone all the same', () => {
    const bench = startedBench();
    bench.command('c1', 'STOP');
    bench.ended({ code: 1, stderrTail: 'kill: no such process\n' });
    expect(bench.cleared()).toEqual([
      'say STOPPED (c1)',
      'result c1 ok 1: stopFunction returned 1 (kill: no such process); what START left was ended all the same',
    ]);
  });

  test('fails when something survived, and names it', () => {
    const bench = startedBench();
    bench.command('c1', 'STOP');
    bench.ended();
    expect(bench.cleared('iperf3 (77)', 'sleep (78)')).toEqual([
      'say FAILED STOP still running: iperf3 (77), sleep (78) (c1)',
      'result c1 failed 0: still running: iperf3 (77), sleep (78)',
    ]);
  });

  test('interrupts its own function after its time limit, and goes on', () => {
    const bench = startedBench();
    bench.command('c1', 'STOP');
    const told = bench.pass(30_000);
    expect(told.filter((line) => !line.startsWith('HEARTBEAT'))).toEqual(['interrupt']);
    expect(bench.ended(INTERRUPTED)).toEqual(['end leftovers but of init']);
    expect(bench.cleared()).toEqual([
      'say STOPPED (c1)',
      'result c1 ok 143: stopFunction returned 143; what START left was ended all the same',
    ]);
    expect(bench.pass(60_000).filter((line) => !line.startsWith('HEARTBEAT'))).toEqual([]);
  });

  test('does not disturb an earlier STOP', () => {
    const bench = startedBench();
    bench.command('c1', 'STOP', ['5201']);
    expect(bench.command('c2', 'STOP', ['5202'])).toEqual(['ack c2']);
    expect(bench.ended()).toEqual(['say STOPPED (c1)', 'result c1 ok 0', 'run stopFunction 5202 for c2']);
  });

  test('gives up a file that is being sent', () => {
    const bench = startedBench();
    bench.command('c1', 'SENDFILE', ['log', 'host', '6000']);
    expect(bench.command('c2', 'STOP')).toEqual(['ack c2', 'give-up-file']);
    expect(
      bench.handle({ kind: 'file-sent', sending: { kind: 'failed', reason: 'given up', bytes: 10 } }),
    ).toEqual(['result c1 cancelled: given up', 'run stopFunction for c2']);
  });
});

describe('STOP with arguments', () => {
  test('leaves everything to the script', () => {
    const bench = startedBench();
    expect(bench.command('c1', 'STOP', ['5201'])).toEqual(['ack c1', 'run stopFunction 5201 for c1']);
    expect(bench.ended()).toEqual(['say STOPPED (c1)', 'result c1 ok 0']);
  });

  test('fails with the script', () => {
    const bench = startedBench();
    bench.command('c1', 'STOP', ['5201']);
    expect(bench.ended({ code: 4, stderrTail: 'no 5201' })).toEqual([
      'say FAILED STOP 4 (c1)',
      'result c1 failed 4: no 5201',
    ]);
  });

  test('fails without a stopFunction', () => {
    const bench = startedBench(['startFunction']);
    const why = 'the node script has no stopFunction that could stop a part of the work';
    expect(bench.command('c1', 'STOP', ['5201'])).toEqual([
      'ack c1',
      `say FAILED STOP: ${why} (c1)`,
      `result c1 failed 127: ${why}`,
    ]);
  });
});

describe('TERMINATE', () => {
  test('ends everything, says TERMINATED, clears INFO and ends the agent', () => {
    const bench = startedBench();
    expect(bench.command('c1', 'TERMINATE')).toEqual(['ack c1', 'end leftovers']);
    expect(bench.cleared()).toEqual(['say TERMINATED (c1)', 'result c1 ok', 'INFO cleared', 'exit']);
  });

  test('cancels, interrupts, an earlier STOP included, and names survivors', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    bench.command('c2', 'STOP');
    expect(bench.command('c3', 'TERMINATE')).toEqual(['ack c3', 'result c2 cancelled: by TERMINATE']);
    expect(bench.ended(INTERRUPTED)).toEqual(['result c1 cancelled 143', 'end leftovers']);
    expect(bench.cleared('cat (9)')).toEqual([
      'say TERMINATED (c3)',
      'result c3 ok: still running: cat (9)',
      'INFO cleared',
      'exit',
    ]);
  });

  test('in plain text does the same', () => {
    const bench = startedBench();
    expect(bench.text('TERMINATE')).toEqual(['end leftovers']);
    expect(bench.cleared().slice(-2)).toEqual(['INFO cleared', 'exit']);
  });

  test('answers what comes behind it, another TERMINATE included', () => {
    const bench = startedBench();
    bench.command('c1', 'TERMINATE');
    bench.command('c2', 'START');
    bench.command('c3', 'TERMINATE');
    expect(bench.cleared()).toEqual([
      'say TERMINATED (c1)',
      'result c3 ok',
      'result c1 ok',
      'INFO cleared',
      'exit',
    ]);
    expect(bench.replies).toContainEqual(expect.objectContaining({ id: 'c2', outcome: 'cancelled' }));
  });

  test('is the end: nothing is heard or said any more', () => {
    const bench = startedBench();
    bench.command('c1', 'TERMINATE');
    bench.cleared();
    expect(bench.command('c2', 'START')).toEqual([]);
    expect(bench.command('q1', '_report')).toEqual([]);
    expect(bench.machine.nextDeadline()).toBeUndefined();
    expect(bench.pass(60_000)).toEqual([]);
  });
});

describe('a shutdown', () => {
  test('does what TERMINATE does, with no command to answer', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    expect(bench.handle({ kind: 'shutdown' })).toEqual(['interrupt']);
    expect(bench.ended(INTERRUPTED)).toEqual(['result c1 cancelled 143', 'end leftovers']);
    expect(bench.cleared()).toEqual(['say TERMINATED', 'INFO cleared', 'exit']);
  });

  test('before the first connection loads nothing and says nothing', () => {
    const bench = createMachineBench();
    expect(bench.handle({ kind: 'shutdown' })).toEqual(['end leftovers']);
    expect(bench.cleared()).toEqual(['exit']);
  });

  test('that has had its time gives up on what hangs', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    bench.command('c2', 'FOO');
    bench.handle({ kind: 'shutdown' });
    expect(bench.handle({ kind: 'shutdown-overdue' })).toEqual([
      'say TERMINATED',
      'result c1 cancelled: by TERMINATE',
      'INFO cleared',
      'exit',
    ]);
    expect(bench.replies).toContainEqual(expect.objectContaining({ id: 'c2', outcome: 'cancelled' }));
  });

  test('does not wait for a script that is still being loaded, beyond that', () => {
    const bench = createMachineBench();
    bench.connect();
    expect(bench.handle({ kind: 'shutdown' })).toEqual(['interrupt']);
    expect(
      bench.handle({ kind: 'script-loaded', outcome: { ok: true, functions: new Set(['initFunction']) } }),
    ).toEqual(['end leftovers']);
    expect(bench.cleared()).toEqual(['say TERMINATED', 'INFO cleared', 'exit']);
  });
});
