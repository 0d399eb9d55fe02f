import { describe, expect, test } from 'vitest';
import type { LoadOutcome } from '../../../src/agent/shell/shell.ts';
import { createMachineBench, INTERRUPTED, type MachineBench } from './machine-bench.ts';

const WITH_INIT: LoadOutcome = {
  ok: true,
  functions: new Set(['initFunction', 'startFunction', 'stopFunction']),
};

function loadedBench(outcome: LoadOutcome): { bench: MachineBench; told: string[] } {
  const bench = createMachineBench();
  bench.connect();
  return { bench, told: bench.handle({ kind: 'script-loaded', outcome }) };
}

describe('the script', () => {
  test('is loaded once the name is granted, and only once', () => {
    const bench = createMachineBench();
    expect(bench.connect()).toEqual(['HEARTBEAT s1 0 claim', 'INFO', 'load-script', 'HEARTBEAT s1 0 busy']);
    bench.handle({ kind: 'disconnected' });
    expect(bench.connect()).toEqual(['HEARTBEAT s1 0 busy claim', 'INFO', 'HEARTBEAT s1 0 busy']);
  });

  test('without an initFunction makes the agent ALIVE at once', () => {
    const { told } = loadedBench({ ok: true, functions: new Set(['startFunction']) });
    expect(told).toEqual(['say ALIVE']);
  });

  test('has its initFunction run first; ALIVE is said after it', () => {
    const { bench, told } = loadedBench(WITH_INIT);
    expect(told).toEqual(['run initFunction for init']);
    expect(bench.ended()).toEqual(['say ALIVE']);
  });

  test('that does not load leaves the agent up, refusing commands with the reason', () => {
    const { bench, told } = loadedBench({ ok: false, reason: 'functions.sh: line 3: syntax error' });
    const why = 'FAILED INIT functions.sh: line 3: syntax error';
    expect(told).toEqual([`warn: ${why}; commands are refused`, `say ${why}`]);
    expect(bench.command('c1', 'START')).toEqual([`refuse c1 not-ready: ${why}`]);
    expect(bench.text('START')).toEqual([
      `say FAILED START: ${why} (own1)`,
      `result own1 failed 127: ${why}`,
    ]);
    expect(bench.command('q1', '_report')).toEqual([
      `report q1: FAILED START: ${why}, lease free, unfinished none`,
    ]);
  });

  test('whose initFunction fails does the same, with its code and stderr', () => {
    const { bench } = loadedBench(WITH_INIT);
    expect(bench.ended({ code: 4, stderrTail: 'no such device\n' })).toEqual([
      'warn: FAILED INIT 4: no such device; commands are refused',
      'say FAILED INIT 4',
    ]);
    expect(bench.command('c1', 'START')).toEqual(['refuse c1 not-ready: FAILED INIT 4: no such device']);
  });

  test('whose initFunction ends with a command that happens to fail is ALIVE, with a warning', () => {
    const { bench } = loadedBench(WITH_INIT);
    expect(bench.ended({ code: 1, incidental: true, stderrTail: 'iperf3: no process found\n' })).toEqual([
      'warn: the last command of initFunction returned 1: iperf3: no process found; a failure is what it says with return or exit',
      'say ALIVE',
    ]);
  });

  test('that is useless can still be stopped and terminated', () => {
    const { bench } = loadedBench(WITH_INIT);
    bench.ended({ code: 4 });
    expect(bench.command('c1', 'STOP')).toEqual(['ack c1', 'end leftovers but of init']);
    bench.cleared();
    expect(bench.command('c2', 'STOP', ['1'])).toContain(
      'result c2 failed 127: the node script has no stopFunction that could stop a part of the work',
    );
    expect(bench.command('c3', 'TERMINATE')).toEqual(['ack c3', 'end leftovers']);
  });
});

describe('a command that comes before ALIVE', () => {
  test('waits for the end of initFunction', () => {
    const { bench } = loadedBench(WITH_INIT);
    expect(bench.command('c1', 'START')).toEqual(['ack c1']);
    expect(bench.ended()).toEqual(['say ALIVE', 'run startFunction for c1']);
  });

  test('fails with the reason when initFunction does', () => {
    const { bench } = loadedBench(WITH_INIT);
    bench.command('c1', 'START');
    expect(bench.ended({ code: 4 })).toEqual([
      'warn: FAILED INIT 4; commands are refused',
      'say FAILED INIT 4',
      'say FAILED START: FAILED INIT 4 (c1)',
      'result c1 failed 127: FAILED INIT 4',
    ]);
  });

  test('STOP cancels what waits, but not init', () => {
    const { bench } = loadedBench(WITH_INIT);
    bench.command('c1', 'START');
    expect(bench.command('c2', 'STOP')).toEqual(['ack c2', 'result c1 cancelled: by STOP']);
    expect(bench.ended()).toEqual(['say ALIVE', 'run stopFunction for c2']);
  });

  test('TERMINATE interrupts init', () => {
    const { bench } = loadedBench(WITH_INIT);
    expect(bench.command('c1', 'TERMINATE')).toEqual(['ack c1', 'interrupt']);
    expect(bench.ended(INTERRUPTED)).toEqual(['end leftovers']);
  });
});
