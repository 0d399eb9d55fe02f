import { describe, expect, test } from 'vitest';
import type { FunctionOutcome } from '../../../src/agent/shell/shell.ts';
import { createMachineBench, INTERRUPTED, type MachineBench } from './machine-bench.ts';

const R1 = { run: 'r1' };
/** What `_arm` is told: the bench is at 1000. */
const AT = '2000';
const NOT_BEGUN: Partial<FunctionOutcome> = { ...INTERRUPTED, unbegun: 'cancelled' };
const EXPIRED = 'result c1 expired: it was not confirmed 50 ms before its instant, so it was not begun';

/** A started node that belongs to run r1, at 1000. */
function leasedBench(ttlMs = 15_000): MachineBench {
  const bench = createMachineBench();
  bench.start();
  bench.command('l1', '_lease', ['ci@lab', String(ttlMs)], R1);
  return bench;
}

/** With the command c1 for 2000. */
function armedBench(): MachineBench {
  const bench = leasedBench();
  bench.command('c1', '_arm', [AT, 'START', '5201'], R1);
  return bench;
}

/** And confirmed. */
function confirmedBench(): MachineBench {
  const bench = armedBench();
  bench.command('k1', '_confirm', ['c1'], R1);
  return bench;
}

function withoutHeartbeats(told: readonly string[]): string[] {
  return told.filter((line) => !line.startsWith('HEARTBEAT'));
}

function runs(bench: MachineBench): number {
  return bench.effects.filter(({ kind }) => kind === 'run-function').length;
}

describe('a command that begins at an instant', () => {
  test('is armed, confirmed, fired and ends as any other', () => {
    const bench = leasedBench();
    expect(bench.command('c1', '_arm', [AT, 'START', '5201', 'a b'], R1)).toEqual([
      'ack c1, 1000 ms left',
      'prepare-start',
    ]);
    bench.pass(200);
    expect(bench.command('k1', '_confirm', ['c1'], R1)).toEqual([
      'run startFunction 5201 a b for c1 at 2000',
      'ack k1',
    ]);
    expect(withoutHeartbeats(bench.pass(900))).toEqual([]);
    expect(bench.fired('c1', 2000.02)).toEqual(['fired c1 at 2000.02 ± 0.01, by the shell']);
    expect(bench.ended()).toEqual(['say STARTED (c1)', 'result c1 ok 0']);
    expect(bench.replies.filter((reply) => 'id' in reply && reply.id === 'c1')).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'fired', run: 'r1' })]),
    );
  });

  test('takes instants with fractions, and verbs of the script', () => {
    const bench = leasedBench();
    expect(bench.command('c1', '_arm', ['1500.125', 'FOO'], R1)[0]).toBe('ack c1, 500.125 ms left');
    expect(bench.command('k1', '_confirm', ['c1'], R1)).toContain('run fooFunction for c1 at 1500.125');
  });

  test('that fails, fails as any other', () => {
    const bench = confirmedBench();
    bench.fired('c1', 2000);
    expect(bench.ended({ code: 7, stderrTail: 'no port' })).toEqual([
      'say FAILED START 7 (c1)',
      'result c1 failed 7: no port',
    ]);
  });

  test('makes the node busy from the time it is armed, and those behind it wait', () => {
    const bench = leasedBench();
    bench.command('c1', '_arm', ['9000', 'START'], R1);
    expect(bench.command('c2', 'FOO', [], R1)).toEqual(['ack c2']);
    expect(bench.pass(7000)).toEqual([expect.stringMatching(/^HEARTBEAT s1 \d+ busy$/)]);
    expect(withoutHeartbeats(bench.pass(1000))).toEqual([EXPIRED, 'run fooFunction for c2']);
  });

  test('may leave something running once it has begun, which ends with the lease', () => {
    const bench = confirmedBench();
    bench.fired('c1', 2000);
    bench.ended();
    expect(withoutHeartbeats(bench.pass(16_000))).toContain('run stopFunction for own1');
  });

  test('leaves nothing to stop where it was not begun', () => {
    const bench = confirmedBench();
    bench.command('x1', '_cancel', ['c1'], R1);
    expect(bench.ended(NOT_BEGUN)).toEqual(['result c1 cancelled: by _cancel']);
    expect(withoutHeartbeats(bench.pass(16_000))).toEqual([]);
  });
});

describe('_arm is refused', () => {
  const badInstant =
    'refuse c1 invalid: _arm needs an instant of this agent’s clock, at most 10 minutes ahead, and a verb';

  test.each([
    { what: 'no argument', args: [], says: badInstant },
    { what: 'no number', args: ['soon', 'START'], says: badInstant },
    { what: 'a number of another kind', args: ['1e4', 'START'], says: badInstant },
    { what: 'an endless number', args: ['9'.repeat(30), 'START'], says: badInstant },
    { what: 'an instant more than 10 minutes ahead', args: ['601001', 'START'], says: badInstant },
    {
      what: 'no verb',
      args: [AT],
      says: "refuse c1 invalid: the node script has no function for ''",
    },
    {
      what: 'a verb without a function',
      args: [AT, 'BAR'],
      says: 'refuse c1 invalid: the node script has no function for BAR',
    },
    ...['STOP', 'TERMINATE', 'SENDFILE'].map((verb) => ({
      what: verb,
      args: [AT, verb],
      says: `refuse c1 invalid: ${verb} cannot be armed: only START and the verbs of the node script can`,
    })),
    {
      what: 'less than 60 ms left',
      args: ['1059', 'START'],
      says: 'refuse c1 late: only 59 ms are left to the instant, at least 60 are needed',
    },
    { what: 'a past instant', args: ['988', 'START'], says: 'refuse c1 late: the instant was 12 ms ago' },
  ])('with $what', ({ args, says }) => {
    const bench = leasedBench();
    expect(bench.command('c1', '_arm', args, R1)).toEqual([says]);
    expect(bench.command('c1', '_arm', args, R1)).toEqual([says]);
    expect(bench.machine.nextDeadline()).toBeGreaterThan(5000);
  });

  test('with 60 ms left it is not', () => {
    expect(leasedBench().command('c1', '_arm', ['1060', 'START'], R1)[0]).toBe('ack c1, 60 ms left');
  });

  test.each([
    { what: 'a function runs', before: ['START'], says: 'START' },
    { what: 'a function runs and another waits', before: ['START', 'FOO'], says: 'START' },
    { what: 'it is being stopped', before: ['STOP'], says: 'STOP' },
  ])('while $what', ({ before, says }) => {
    const bench = leasedBench();
    for (const [n, verb] of before.entries()) bench.command(`b${n}`, verb, [], R1);
    expect(bench.command('c1', '_arm', [AT, 'START'], R1)).toEqual([
      `refuse c1 not-ready: ${says} has not come to its end here`,
    ]);
  });

  test('before the script is loaded, and when it did not load', () => {
    const bench = createMachineBench();
    bench.connect();
    expect(bench.command('c1', '_arm', [AT, 'START'])[0]).toMatch(/^refuse c1 not-ready: INIT has not/);
    bench.handle({ kind: 'script-loaded', outcome: { ok: false, reason: 'functions.sh:1: oops' } });
    expect(bench.command('c2', '_arm', [AT, 'START'])).toEqual([
      'refuse c2 not-ready: FAILED INIT functions.sh:1: oops',
    ]);
  });

  test('to another run, and to a run without the lease', () => {
    const bench = leasedBench();
    expect(bench.command('c1', '_arm', [AT, 'START'], { run: 'r2' })[0]).toMatch(/^refuse c1 busy: BUSY r1 /);
    bench.command('x1', '_release', [], R1);
    expect(bench.command('c2', '_arm', [AT, 'START'], R1)[0]).toMatch(/^refuse c2 no-lease: /);
  });

  test('as any command: meant for another session, too old, or on a shared topic', () => {
    const bench = leasedBench();
    expect(bench.command('c1', '_arm', [AT, 'START'], { ...R1, session: 's0' })).toEqual([
      'result c1 lost: it was meant for an earlier session of this agent',
    ]);
    expect(bench.command('c2', '_arm', [AT, 'START'], { ...R1, topic: 'shared' })).toEqual([]);
    const sent = bench.now();
    bench.pass(31_000);
    bench.command('l2', '_lease', ['ci@lab', '15000'], R1);
    const far = String(bench.now() + 1000);
    expect(bench.command('c3', '_arm', [far, 'START'], { ...R1, sent })).toEqual([
      'result c3 expired: it was 31000 ms old on arrival, at most 30000 are allowed',
    ]);
  });
});

describe('without a confirmation', () => {
  test('it is dropped 50 ms before its instant', () => {
    const bench = armedBench();
    expect(withoutHeartbeats(bench.pass(949))).toEqual([]);
    expect(withoutHeartbeats(bench.pass(1))).toEqual([EXPIRED]);
    expect(withoutHeartbeats(bench.pass(5000))).toEqual([]);
    expect(runs(bench)).toBe(0);
  });

  test('that comes in time it is, too: the late one is refused', () => {
    const bench = armedBench();
    bench.pass(950);
    expect(bench.command('k1', '_confirm', ['c1'], R1)).toEqual([
      'refuse k1 late: the command is no longer armed: it had to be confirmed 50 ms before its instant',
    ]);
    expect(bench.command('k1', '_confirm', ['c1'], R1)[0]).toMatch(/^refuse k1 late/);
    expect(runs(bench)).toBe(0);
  });

  test('in time it is dropped, too, when its agent only hears of both together', () => {
    const bench = armedBench();
    bench.oversleep(950);
    expect(bench.command('k1', '_confirm', ['c1'], R1)).toEqual([
      'refuse k1 late: the command is no longer armed: it had to be confirmed 50 ms before its instant',
      EXPIRED,
    ]);
  });

  test('it is dropped, and not cancelled, when it is also stopped only then', () => {
    const bench = armedBench();
    bench.oversleep(950);
    expect(bench.command('s1', 'STOP', [], R1)).toContain(EXPIRED);
  });

  test('of its own it is not begun by that of another command, run or session', () => {
    const bench = armedBench();
    const unknown = 'invalid: no such command is armed here';
    expect(bench.command('k1', '_confirm', ['c9'], R1)).toEqual([`refuse k1 ${unknown}`]);
    expect(bench.command('k2', '_confirm', [], R1)).toEqual([`refuse k2 ${unknown}`]);
    expect(bench.command('k3', '_confirm', ['c1'], { run: 'r2' })).toEqual([`refuse k3 ${unknown}`]);
    expect(bench.command('k4', '_confirm', ['c1'], { ...R1, topic: 'shared' })).toEqual([]);
    expect(runs(bench)).toBe(0);
  });
});

describe('said again', () => {
  test('_arm is answered by what was said, and armed once', () => {
    const bench = armedBench();
    bench.pass(100);
    expect(bench.command('c1', '_arm', [AT, 'START', '5201'], R1)).toEqual(['ack c1, 1000 ms left']);
    bench.command('k1', '_confirm', ['c1'], R1);
    expect(bench.command('c1', '_arm', [AT, 'START', '5201'], R1)).toEqual(['ack c1, 1000 ms left']);
    bench.fired('c1', 2000);
    bench.ended();
    expect(bench.command('c1', '_arm', [AT, 'START', '5201'], R1)).toEqual([
      'ack c1, 1000 ms left',
      'fired c1 at 2000 ± 0.01, by the shell',
      'say STARTED (c1)',
      'result c1 ok 0',
    ]);
    expect(runs(bench)).toBe(1);
  });

  test('under another verb an id is not run again', () => {
    const bench = armedBench();
    expect(bench.command('c1', 'START', ['5201'], R1)).toEqual(['ack c1, 1000 ms left']);
    expect(runs(bench)).toBe(0);
  });

  test('_confirm is accepted, under its id or another one, and begins nothing twice', () => {
    const bench = confirmedBench();
    expect(bench.command('k1', '_confirm', ['c1'], R1)).toEqual(['ack k1']);
    expect(bench.command('k2', '_confirm', ['c1'], R1)).toEqual(['ack k2']);
    bench.fired('c1', 2000);
    expect(bench.command('k3', '_confirm', ['c1'], R1)).toEqual(['ack k3']);
    expect(runs(bench)).toBe(1);
  });

  test('_cancel is accepted, also when there is nothing to take back', () => {
    const bench = armedBench();
    expect(bench.command('x1', '_cancel', ['c1'], R1)).toEqual(['result c1 cancelled: by _cancel', 'ack x1']);
    expect(bench.command('x1', '_cancel', ['c1'], R1)).toEqual(['ack x1']);
    expect(bench.command('x2', '_cancel', ['c1'], R1)).toEqual(['ack x2']);
    expect(bench.command('x3', '_cancel', [], R1)).toEqual(['ack x3']);
    expect(bench.command('x4', '_cancel', ['c9'])).toEqual(['ack x4']);
  });
});

describe('_cancel', () => {
  test('without an id takes back whatever its run has armed', () => {
    expect(armedBench().command('x1', '_cancel', [], R1)).toEqual([
      'result c1 cancelled: by _cancel',
      'ack x1',
    ]);
  });

  test('of another run or another command takes nothing back', () => {
    const bench = armedBench();
    expect(bench.command('x1', '_cancel', [], { run: 'r2' })).toEqual(['ack x1']);
    expect(bench.command('x2', '_cancel', ['c2'], R1)).toEqual(['ack x2']);
    expect(bench.command('k1', '_confirm', ['c1'], R1)).toContain('ack k1');
  });

  test('that comes before its _arm does not prevent it: the confirmation will not come', () => {
    const bench = leasedBench();
    expect(bench.command('x1', '_cancel', ['c1'], R1)).toEqual(['ack x1']);
    expect(bench.command('c1', '_arm', [AT, 'START'], R1)).toContain('ack c1, 1000 ms left');
    expect(withoutHeartbeats(bench.pass(1000))).toEqual([EXPIRED]);
  });

  test('takes a confirmed command back while the shell waits', () => {
    const bench = confirmedBench();
    expect(bench.command('x1', '_cancel', ['c1'], R1)).toEqual(['cancel-start', 'ack x1']);
    expect(bench.ended(NOT_BEGUN)).toEqual(['result c1 cancelled: by _cancel']);
  });

  test('leaves alone what has begun', () => {
    const bench = confirmedBench();
    bench.fired('c1', 2000);
    expect(bench.command('x1', '_cancel', ['c1'], R1)).toEqual(['ack x1']);
    expect(bench.ended()).toEqual(['say STARTED (c1)', 'result c1 ok 0']);
  });

  test('that meets the instant leaves alone what has begun', () => {
    const bench = confirmedBench();
    bench.command('x1', '_cancel', ['c1'], R1);
    bench.fired('c1', 2000);
    expect(bench.ended()).toEqual(['say STARTED (c1)', 'result c1 ok 0']);
  });
});

describe('another _arm', () => {
  test('of the same run takes the place of one that is not confirmed', () => {
    const bench = armedBench();
    expect(bench.command('c2', '_arm', ['3000', 'FOO'], R1)).toEqual([
      'result c1 cancelled: by another _arm',
      'ack c2, 2000 ms left',
      'prepare-start',
    ]);
    expect(bench.command('k1', '_confirm', ['c1'], R1)[0]).toMatch(/^refuse k1 late/);
    expect(bench.command('k2', '_confirm', ['c2'], R1)).toContain('run fooFunction for c2 at 3000');
  });

  test('that is itself refused takes no place', () => {
    const bench = armedBench();
    expect(bench.command('c2', '_arm', ['1001', 'FOO'], R1)[0]).toMatch(/^refuse c2 late/);
    expect(bench.command('k1', '_confirm', ['c1'], R1)).toContain('ack k1');
  });

  test.each([
    { what: 'when one is confirmed', prepare: confirmedBench },
    {
      what: 'when a command waits behind the first',
      prepare: () => {
        const bench = armedBench();
        bench.command('c3', 'FOO', [], R1);
        return bench;
      },
    },
  ])('is refused $what', ({ prepare }) => {
    expect(prepare().command('c2', '_arm', ['3000', 'FOO'], R1)[0]).toMatch(/^refuse c2 not-ready/);
  });

  test('of a sender without a run takes no place of a run', () => {
    const bench = createMachineBench();
    bench.start();
    bench.command('c1', '_arm', [AT, 'START']);
    bench.command('l1', '_lease', ['ci@lab', '15000'], R1);
    expect(bench.command('c2', '_arm', ['3000', 'FOO'], R1)).toEqual([
      'refuse c2 not-ready: START has not come to its end here',
    ]);
  });
});

describe('STOP', () => {
  test('cancels what is armed', () => {
    const bench = armedBench();
    expect(bench.command('s1', 'STOP', [], R1)).toEqual([
      'ack s1',
      'result c1 cancelled: by STOP',
      'run stopFunction for s1',
    ]);
  });

  test('takes back what the shell waits for, and then stops', () => {
    const bench = confirmedBench();
    expect(bench.command('s1', 'STOP', [], R1)).toEqual(['ack s1', 'interrupt']);
    expect(bench.ended(NOT_BEGUN)).toEqual(['result c1 cancelled: by STOP', 'run stopFunction for s1']);
  });

  test('interrupts what has begun', () => {
    const bench = confirmedBench();
    bench.fired('c1', 2000);
    expect(bench.command('s1', 'STOP', [], R1)).toEqual(['ack s1', 'interrupt']);
    expect(bench.ended(INTERRUPTED)).toEqual(['result c1 cancelled 143', 'run stopFunction for s1']);
  });

  test('of a lost lease does the same, and says who has lost what', () => {
    const bench = leasedBench(500);
    bench.command('c1', '_arm', [AT, 'START'], R1);
    expect(withoutHeartbeats(bench.pass(500))).toEqual([
      'warn: the run r1 of ci@lab was not heard of for longer than its lease of 500ms: its work is stopped',
      'result c1 cancelled: by STOP',
      'run stopFunction for own1',
    ]);
    expect(bench.replies.at(-1)).toMatchObject({ id: 'c1', because: 'lease-lost' });
  });

  test('of a lost lease takes back what is confirmed', () => {
    const bench = leasedBench(500);
    bench.command('c1', '_arm', [AT, 'START'], R1);
    bench.command('k1', '_confirm', ['c1'], R1);
    expect(withoutHeartbeats(bench.pass(500))).toContain('interrupt');
    expect(bench.ended(NOT_BEGUN)[0]).toBe('result c1 cancelled: by STOP');
  });

  test('TERMINATE cancels it as well', () => {
    const bench = armedBench();
    expect(bench.command('t1', 'TERMINATE', [], R1)).toEqual([
      'ack t1',
      'result c1 cancelled: by TERMINATE',
      'end leftovers',
    ]);
  });
});

describe('an agent that is cut off from the broker', () => {
  test('drops what is armed, and says so when it is back', () => {
    const bench = armedBench();
    bench.handle({ kind: 'disconnected' });
    expect(withoutHeartbeats(bench.pass(2000))).toEqual([]);
    expect(runs(bench)).toBe(0);
    bench.connect();
    expect(bench.command('q1', '_report', ['0'])).toContain(EXPIRED);
  });

  test('begins what is confirmed: that is the promise', () => {
    const bench = confirmedBench();
    bench.handle({ kind: 'disconnected' });
    expect(bench.pass(2000)).toEqual([]);
    expect(bench.effects.filter(({ kind }) => kind === 'interrupt' || kind === 'cancel-start')).toEqual([]);
    bench.fired('c1', 2000);
    bench.ended();
    bench.connect();
    expect(bench.command('q1', '_report', ['0'])).toEqual(
      expect.arrayContaining(['fired c1 at 2000 ± 0.01, by the shell', 'result c1 ok 0']),
    );
  });

  test('is asked in vain: _arm, _confirm and _cancel of the time before its name is settled count then', () => {
    const bench = leasedBench();
    bench.handle({ kind: 'disconnected' });
    bench.handle({ kind: 'connected' });
    expect(bench.command('c1', '_arm', [AT, 'START'], R1)).toEqual([]);
    bench.pass(990);
    bench.ownHeartbeat('s1', true);
    expect(bench.replies.at(-1)).toMatchObject({ id: 'c1', accepted: false, refusal: 'late' });
  });
});

test('a shell that comes too late to the instant does not begin: expired', () => {
  const bench = confirmedBench();
  expect(bench.ended({ code: 126, unbegun: 'late', stderrTail: 'too late' })).toEqual([
    'result c1 expired: too late',
  ]);
});

test('a shell that cannot be had fails the command as any other', () => {
  const bench = confirmedBench();
  expect(bench.ended({ code: 126, stderrTail: 'bash ends before it can run a function.' })).toEqual([
    'say FAILED START 126 (c1)',
    'result c1 failed 126: bash ends before it can run a function.',
  ]);
});
