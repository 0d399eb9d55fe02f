import { describe, expect, test } from 'vitest';
import { createMachineBench, type MachineBench } from './machine-bench.ts';

const TAKEN = 'fail NAME_TAKEN: another agent has the name node1: session s0, version 2.0.0 on other';

function startedBench(): MachineBench {
  const bench = createMachineBench();
  bench.start();
  return bench;
}

describe('the name', () => {
  test('is claimed first; the echo of the claim grants it when nobody is seen', () => {
    const bench = createMachineBench();
    expect(bench.handle({ kind: 'connected' })).toEqual(['HEARTBEAT s1 0 claim']);
    expect(bench.ownHeartbeat('s1', true)).toEqual(['INFO', 'load-script', 'HEARTBEAT s1 0 busy']);
  });

  test('is not granted by another heartbeat of our own, nor before the echo', () => {
    const bench = createMachineBench();
    bench.handle({ kind: 'connected' });
    expect(bench.ownHeartbeat('s1')).toEqual([]);
    expect(bench.pass(999)).toEqual([]);
  });

  test('is granted without the echo after the time limit, with a warning', () => {
    const bench = createMachineBench();
    bench.handle({ kind: 'connected' });
    const told = bench.pass(1000);
    expect(told[0]).toContain("warn: the broker does not hand back this agent's HEARTBEAT");
    expect(told.slice(1)).toEqual(['INFO', 'load-script', 'HEARTBEAT s1 0 busy']);
  });

  test('is granted at once when the INFO that stands there is our own', () => {
    const bench = createMachineBench();
    bench.ownInfo('s1');
    expect(bench.connect()).toContain('INFO');
  });

  test.each([
    { what: 'said OFFLINE', words: 'OFFLINE s0' },
    { what: 'said TERMINATED', words: 'TERMINATED' },
  ])('is granted at once when the session whose INFO stands there $what', ({ words }) => {
    const bench = createMachineBench();
    bench.handle({ kind: 'connected' });
    bench.ownInfo('s0');
    bench.ownStatus(words, true);
    expect(bench.ownHeartbeat('s1', true)).toContain('INFO');
  });

  test.each(['OFFLINE s9', 'ALIVE', 'STARTED'])(
    'waits for an answer when an INFO and %s stand there',
    (words) => {
      const bench = createMachineBench();
      bench.ownInfo('s0');
      bench.ownStatus(words, true);
      expect(bench.connect()).toEqual(['HEARTBEAT s1 0 claim']);
      expect(bench.pass(999)).toEqual([]);
      expect(bench.pass(1)).toContain('INFO');
    },
  );

  test('is granted as soon as the will of the other session comes, or its INFO goes', () => {
    for (const sign of [
      (bench: MachineBench) => bench.ownStatus('OFFLINE s0'),
      (bench: MachineBench) => bench.ownInfo(undefined),
    ]) {
      const bench = createMachineBench();
      bench.ownInfo('s0');
      bench.connect();
      expect(sign(bench)).toContain('INFO');
    }
  });

  test('is taken when the holder answers', () => {
    const bench = createMachineBench();
    bench.ownInfo('s0');
    bench.connect();
    expect(bench.ownHeartbeat('s0')).toEqual([TAKEN]);
    expect(bench.pass(5000)).toEqual([]);
  });

  test('is taken when the holder answers although its INFO was nowhere', () => {
    const bench = createMachineBench();
    bench.connect();
    expect(bench.ownHeartbeat('s0')).toEqual([
      'fail NAME_TAKEN: another agent has the name node1: session s0',
    ]);
  });

  test('goes to the first of two claims', () => {
    const later = createMachineBench();
    later.handle({ kind: 'connected' });
    expect(later.ownHeartbeat('s2', true)).toEqual([
      'fail NAME_TAKEN: another agent has the name node1: session s2',
    ]);
    const first = createMachineBench();
    first.ownInfo('s0');
    first.connect();
    expect(first.ownHeartbeat('s2', true)).toEqual([
      "warn: another agent wants this node's name and is told that it is taken: session s2",
      'HEARTBEAT s1 0',
    ]);
    expect(first.ownHeartbeat('s2')[0]).toContain("another agent runs under this node's name");
    expect(first.pass(1000)).toContain('INFO');
  });

  test('is claimed again after an outage, and lost to whoever took it meanwhile', () => {
    const bench = startedBench();
    bench.handle({ kind: 'disconnected' });
    bench.ownInfo('s0');
    expect(bench.connect()).toEqual(['HEARTBEAT s1 1 claim']);
    expect(bench.ownHeartbeat('s0')).toEqual([TAKEN]);
  });

  test('keeps nothing of what was seen before an outage', () => {
    const bench = createMachineBench();
    bench.ownInfo('s0');
    bench.connect();
    bench.handle({ kind: 'disconnected' });
    expect(bench.connect()).toContain('INFO');
  });
});

describe('while the name is not settled', () => {
  test('nothing is said, and commands wait', () => {
    const bench = createMachineBench();
    bench.ownInfo('s0');
    bench.connect();
    expect(bench.command('p1', '_ping')).toEqual([]);
    expect(bench.text('START', '1')).toEqual([]);
    expect(bench.pass(1000)).toEqual(['INFO', 'load-script', 'pong p1', 'HEARTBEAT s1 0 busy']);
    expect(
      bench.handle({ kind: 'script-loaded', outcome: { ok: true, functions: new Set(['startFunction']) } }),
    ).toEqual(['say ALIVE', 'run startFunction 1 for own1']);
  });

  test('what happens is kept, and said when it is', () => {
    const bench = startedBench();
    bench.command('c1', 'START');
    bench.handle({ kind: 'disconnected' });
    expect(bench.ended()).toEqual([]);
    expect(bench.connect()).toEqual([
      'HEARTBEAT s1 4 claim',
      'INFO',
      'say STARTED (c1) again',
      'HEARTBEAT s1 4',
    ]);
    expect(bench.command('q1', '_report', ['2'])).toEqual([
      'say STARTED (c1)',
      'result c1 ok 0',
      'report q1: STARTED, lease free, unfinished none',
    ]);
  });

  test('at most five megabytes of commands wait', () => {
    const bench = createMachineBench();
    const args = ['x'.repeat(1_000_000)];
    for (let n = 0; n < 4; n += 1) expect(bench.command(`c${n}`, 'FOO', args)).toEqual([]);
    expect(bench.command('c4', 'FOO', args)).toEqual([
      'warn: ignored a command: too many came before the name of this node was settled',
    ]);
    bench.handle({ kind: 'disconnected' });
    expect(bench.command('c5', 'FOO', args)).toEqual([]);
  });

  test('at most a thousand commands wait', () => {
    const bench = createMachineBench();
    for (let n = 0; n < 1000; n += 1) expect(bench.command(`p${n}`, '_ping')).toEqual([]);
    expect(bench.command('p1000', '_ping')).toEqual([
      'warn: ignored a command: too many came before the name of this node was settled',
    ]);
    expect(bench.connect().filter((line) => line.startsWith('pong'))).toHaveLength(1000);
  });
});

describe('an agent that is there', () => {
  test('answers another session that claims its name', () => {
    const bench = startedBench();
    bench.pass(60_000);
    expect(bench.ownHeartbeat('s2', true)).toEqual([
      "warn: another agent wants this node's name and is told that it is taken: session s2",
      'HEARTBEAT s1 1',
    ]);
  });

  test('says once in its log that another session uses its name', () => {
    const bench = startedBench();
    bench.pass(60_000);
    const words = "warn: another agent runs under this node's name (session s2, version 2.0.0 on other)";
    expect(bench.ownInfo('s2')[0]).toContain(words);
    expect(bench.ownHeartbeat('s2')).toEqual([]);
    expect(bench.ownInfo('s2')).toEqual([]);
    expect(bench.ownHeartbeat('s3')[0]).toContain('(session s3)');
    expect(bench.ownInfo('s1')).toEqual([]);
    expect(bench.ownInfo(undefined)).toEqual([]);
  });

  test('says its status again when a will stands in its place', () => {
    const bench = startedBench();
    expect(bench.ownStatus('OFFLINE s0')).toEqual(['say ALIVE again']);
    expect(bench.ownStatus('OFFLINE s1', true)).toEqual(['say ALIVE again']);
    expect(bench.ownStatus('ALIVE')).toEqual([]);
    expect(bench.replies.at(-1)).toMatchObject({ seq: 1, repeat: true });
  });

  test('has nothing to say again before its first status', () => {
    const bench = createMachineBench();
    bench.connect();
    expect(bench.ownStatus('OFFLINE s0')).toEqual([]);
  });

  test('does not answer itself for ever when its script says OFFLINE', () => {
    const bench = startedBench();
    bench.handle({ kind: 'script-said', commandId: undefined, text: 'OFFLINE x' });
    expect(bench.ownStatus('OFFLINE x')).toEqual([]);
  });
});

describe('heartbeats', () => {
  test('come every 15 s, and every 5 s while a function runs', () => {
    const bench = startedBench();
    const beatsAt = (ms: number): number[] => {
      const times: number[] = [];
      const start = bench.now();
      while (bench.now() < start + ms) {
        if (bench.pass(100).some((line) => line.startsWith('HEARTBEAT'))) times.push(bench.now() - start);
      }
      return times;
    };
    bench.pass(5000);
    expect(beatsAt(45_000)).toEqual([15_000, 30_000, 45_000]);
    bench.command('c1', 'START');
    expect(beatsAt(15_000)).toEqual([5000, 10_000, 15_000]);
    bench.ended();
    expect(beatsAt(35_000)).toEqual([5000, 20_000, 35_000]);
  });

  test('carry the last number said', () => {
    const bench = startedBench();
    bench.command('c1', 'FOO');
    bench.ended();
    expect(bench.pass(15_000)).toEqual(['HEARTBEAT s1 4']);
  });

  test('stop with the connection', () => {
    const bench = startedBench();
    bench.handle({ kind: 'disconnected' });
    expect(bench.machine.nextDeadline()).toBeUndefined();
    expect(bench.pass(60_000)).toEqual([]);
  });
});

describe('the echo of the first status', () => {
  const FAIL =
    "fail BROKER_PERMISSION: the broker took this agent's STATUS but did not hand it back within 5000 ms";

  function aliveBench(): MachineBench {
    const bench = createMachineBench();
    bench.connect();
    bench.handle({ kind: 'script-loaded', outcome: { ok: true, functions: new Set() } });
    return bench;
  }

  test('is awaited for 5 s', () => {
    const bench = aliveBench();
    expect(bench.pass(4999)).not.toContain(FAIL);
    expect(bench.pass(1)).toContain(FAIL);
    expect(bench.machine.nextDeadline()).toBeUndefined();
  });

  test('is asked for by saying the status again, twice: one message may be lost by a broker that permits all', () => {
    const bench = aliveBench();
    expect(bench.pass(1666)).not.toContain('say ALIVE again');
    expect(bench.pass(1)).toContain('say ALIVE again');
    expect(bench.pass(1667)).toContain('say ALIVE again');
    bench.ownStatus('ALIVE');
    expect(bench.pass(60_000)).not.toContain('say ALIVE again');
  });

  test('is awaited from the status on, however long initFunction takes', () => {
    const bench = createMachineBench();
    bench.connect();
    expect(bench.pass(60_000)).not.toContain(FAIL);
  });

  test('is enough once', () => {
    const bench = aliveBench();
    bench.ownStatus('ALIVE');
    bench.handle({ kind: 'script-said', commandId: undefined, text: 'FOO' });
    expect(bench.pass(60_000)).not.toContain(FAIL);
  });

  test('counts although other statuses were said meanwhile', () => {
    const bench = aliveBench();
    bench.handle({ kind: 'script-said', commandId: undefined, text: 'FOO' });
    bench.ownStatus('ALIVE');
    expect(bench.pass(60_000)).not.toContain(FAIL);
  });

  test('does not count when it is an older, retained one', () => {
    const bench = aliveBench();
    bench.ownStatus('ALIVE', true);
    expect(bench.pass(5000)).toContain(FAIL);
  });

  test('is awaited afresh after an outage', () => {
    const bench = aliveBench();
    bench.pass(1000);
    bench.handle({ kind: 'disconnected' });
    bench.pass(60_000);
    expect(bench.connect()).toContain('say ALIVE again');
    expect(bench.pass(4999)).not.toContain(FAIL);
    expect(bench.pass(1)).toContain(FAIL);
  });
});

describe('connections that the broker ends', () => {
  const FAIL =
    'fail BROKER_PERMISSION: the broker has ended 5 connections in a row, each before what this agent had to say came back';
  const LOADED = { kind: 'script-loaded', outcome: { ok: true, functions: new Set<string>() } } as const;

  /** Five times the same connection and its end; what came of the last one. */
  function fiveTimes(bench: MachineBench, connection: () => void): string[] {
    for (let number = 1; number < 5; number += 1) {
      connection();
      expect(bench.handle({ kind: 'disconnected' })).toEqual([]);
    }
    connection();
    return bench.handle({ kind: 'disconnected' });
  }

  test('at its first word are in vain, five of them are the end', () => {
    const bench = createMachineBench();
    expect(fiveTimes(bench, () => bench.handle({ kind: 'connected' }))).toEqual([FAIL]);
  });

  test('at its status, although its heartbeat came back, are in vain, too', () => {
    const bench = createMachineBench();
    bench.connect();
    bench.handle(LOADED);
    expect(fiveTimes(bench, () => bench.connect())).toEqual([FAIL]);
  });

  test('are outages as long as it has no status to say', () => {
    const bench = createMachineBench();
    expect(fiveTimes(bench, () => bench.connect())).toEqual([]);
  });

  test('are outages when a status has ever come back', () => {
    const bench = startedBench();
    expect(fiveTimes(bench, () => bench.handle({ kind: 'connected' }))).toEqual([]);
  });

  test('are counted in a row only', () => {
    const bench = createMachineBench();
    for (let number = 1; number < 5; number += 1) {
      bench.handle({ kind: 'connected' });
      bench.handle({ kind: 'disconnected' });
    }
    bench.connect();
    bench.handle({ kind: 'disconnected' });
    expect(fiveTimes(bench, () => bench.handle({ kind: 'connected' }))).toEqual([FAIL]);
  });
});
