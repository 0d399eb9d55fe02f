import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Transport } from '../../src/transport/index.ts';
import { createLab, type Lab, type LabAgent, problemsOf, ROOT, type Run, SCRIPT } from './lab.ts';

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

const SYNC = 'SYNC\nSEND a START 1\nSEND b START 2\nSEND c START 3\nGO';
const SYNC_AND_WAIT = `${SYNC}\nWAITFOR a,b,c STARTED`;

type Json = Readonly<Record<string, unknown>>;

const textOf = (payload: string | Uint8Array): string =>
  typeof payload === 'string' ? payload : new TextDecoder().decode(payload);

/** A control machine's connection that loses some of what it sends, or of what it is sent. */
function losing(isLost: (message: Json, node: string, way: 'out' | 'in') => boolean) {
  return (transport: Transport): Transport => {
    const loses = (topic: string, payload: string | Uint8Array, way: 'out' | 'in'): boolean => {
      const text = textOf(payload);
      return text.startsWith('{') && isLost(JSON.parse(text), topic.split('/')[1] ?? '', way);
    };
    return {
      get connected() {
        return transport.connected;
      },
      open: (filters, listeners) =>
        transport.open(filters, {
          ...listeners,
          onMessage: (message) => loses(message.topic, message.payload, 'in') || listeners.onMessage(message),
        }),
      publish: (topic, payload, options) =>
        loses(topic, payload, 'out') ? Promise.resolve() : transport.publish(topic, payload, options),
      close: () => transport.close(),
    };
  };
}

/** A control machine's connection on which what arms `c` is late, and what happens when `b` has said that it is armed. */
function whileCIsNotArmed(act: () => void, lateMs = 20) {
  return (transport: Transport): Transport => {
    const watched = on(
      1,
      (message, node, way) => way === 'in' && node === 'b' && isArmed(message),
      act,
    )(transport);
    return {
      get connected() {
        return watched.connected;
      },
      open: (...all) => watched.open(...all),
      publish(topic, payload, options) {
        if (!topic.startsWith(`${ROOT}/c/`) || !textOf(payload).includes('"_arm"'))
          return watched.publish(topic, payload, options);
        return new Promise((resolve) =>
          lab.clock.setTimer(lateMs, () => resolve(watched.publish(topic, payload, options))),
        );
      },
      close: () => watched.close(),
    };
  };
}

/** Acts once: when so many such messages have passed. */
function on(
  count: number,
  fits: (message: Json, node: string, way: 'out' | 'in') => boolean,
  act: () => void,
) {
  let passed = 0;
  return losing((...message) => {
    if (fits(...message)) {
      passed += 1;
      if (passed === count) act();
    }
    return false;
  });
}

const isArm = ({ verb }: Json): boolean => verb === '_arm';
const isConfirm = ({ verb }: Json): boolean => verb === '_confirm';
/** The answer to an `_arm`. */
const isArmed = ({ kind, leftMs }: Json): boolean => kind === 'ack' && leftMs !== undefined;

const NODES = ['a', 'b', 'c'];
const agents = (): LabAgent[] => NODES.map((node) => lab.agent(node));
const startsOf = (all: readonly LabAgent[]): string[] =>
  all.flatMap(({ node, calls }) =>
    calls.filter((call) => call.startsWith('start')).map((call) => `${node} ${call}`),
  );
const ALL_STARTS = ['a startFunction 1', 'b startFunction 2', 'c startFunction 3'];
const whyOf = (run: Run): string[] => run.all('run-finished').flatMap(problemsOf);

describe('SYNC', () => {
  it('lets every node begin at the one instant, and tells how close together they were', async () => {
    const all = agents();
    const run = lab.run(SYNC_AND_WAIT);
    expect(await run.end()).toBe('passed');
    expect(startsOf(all)).toEqual(ALL_STARTS);
    const [measured, ...more] = run.all('sync-measured');
    expect(more).toEqual([]);
    expect(measured).toMatchObject({ attempts: 1, verdict: 'passed' });
    expect(measured?.starts.map(({ node, started }) => [node, started])).toEqual(
      NODES.map((node) => [node, true]),
    );
    expect(measured?.skewMs).toBeLessThan(1);
    expect(run.all('command-finished').map(({ node, end }) => `${node} ${end}`)).toEqual([
      'a ok',
      'b ok',
      'c ok',
    ]);
  });

  it('pings nobody from the arming to the start, and goes on after it', async () => {
    agents();
    const verbs: string[] = [];
    const run = lab.run(
      `WAIT 3\n${SYNC_AND_WAIT}\nWAIT 3`,
      {},
      losing(({ verb }, _node, way) => {
        if (way === 'out') verbs.push(String(verb));
        return false;
      }),
    );
    expect(await run.end()).toBe('passed');
    const confirmed = verbs.lastIndexOf('_confirm');
    expect(verbs.slice(verbs.indexOf('_arm'), confirmed)).not.toContain('_ping');
    expect(verbs.slice(confirmed)).toContain('_ping');
  });

  it('measures the clocks while its nodes get ready', async () => {
    agents();
    const sent: string[] = [];
    let isLost = false;
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      losing(({ verb }, node, way) => {
        if (way === 'in') return false;
        sent.push(`${verb} ${node}`);
        if (isLost || verb !== '_lease' || node !== 'c') return false;
        isLost = true;
        return true;
      }),
    );
    expect(await run.end()).toBe('passed');
    const [first = 0, second = 0] = sent.flatMap((each, index) => (each === '_lease c' ? [index] : []));
    const pings = sent.slice(first, second).filter((each) => each === '_ping a');
    expect(pings.length).toBeGreaterThan(10);
  });

  it('does what its nodes are to do once more, with other words', async () => {
    const all = agents();
    const run = lab.run(`${SYNC_AND_WAIT}\n${SYNC_AND_WAIT}`);
    expect(await run.end()).toBe('passed');
    expect(startsOf(all).sort()).toEqual([...ALL_STARTS, ...ALL_STARTS].sort());
    expect(run.all('sync-measured')).toHaveLength(2);
  });

  it('fails above MAXSKEW, and stops what it started', async () => {
    lab.agent('a');
    const late = lab.agent('b', { ...SCRIPT, startFunction: { ...SCRIPT.startFunction, beginsLateMs: 30 } });
    const run = lab.run('SYNC\nSEND a START\nSEND b START\nGO MAXSKEW 20ms');
    expect(await run.end()).toBe('failed');
    expect(whyOf(run)).toEqual(['b: it began 30 ms after a; MAXSKEW allows 20 ms']);
    expect(run.all('sync-measured')).toMatchObject([{ verdict: 'failed', budgetMs: 20 }]);
    expect(late.calls.at(-1)).toBe('stopFunction');
  });

  it('takes what it has to do to groups, one thing a node', async () => {
    const run1 = lab.run('SYNC\nSEND @g START\nSEND a START\nGO');
    for (const node of NODES) lab.agent(node, SCRIPT, ['g']);
    expect(await run1.end()).toBe('failed');
    expect(whyOf(run1).join()).toMatch(/^a: it has more than one SEND in this SYNC/);
    const run2 = lab.run('SYNC\nSEND @g START\nGO');
    expect(await run2.end()).toBe('passed');
    expect(run2.all('sync-measured')[0]?.starts).toHaveLength(3);
  });
});

describe('a SYNC in which one node cannot take part starts nobody', () => {
  const expectNobody = async (run: Run, all: readonly LabAgent[], verdict: string, why: RegExp) => {
    expect(await run.end()).toBe(verdict);
    expect(startsOf(all)).toEqual([]);
    expect(whyOf(run).join('\n')).toMatch(why);
    expect(run.all('sync-measured')).toEqual([]);
  };

  it('which is not there', async () => {
    const all = [lab.agent('a'), lab.agent('b')];
    await expectNobody(lab.run(SYNC), all, 'unreachable', /^c: START 3 was not delivered/);
  });

  it('which another run holds', async () => {
    const all = agents();
    const other = lab.run('SEND b MEASURE\nWAIT 60', {});
    await other.until('step-started', ({ step }) => step.kind === 'wait');
    await expectNobody(lab.run(SYNC), all, 'unreachable', /^b: .*user1@lab/);
    await other.end();
  });

  it('which has something to do', async () => {
    const all = [
      lab.agent('a'),
      lab.agent('b', { ...SCRIPT, longFunction: { takesMs: 60_000 } }),
      lab.agent('c'),
    ];
    const run = lab.run(`SEND b LONG\n${SYNC}`);
    await expectNobody(run, all, 'failed', /^b: it refused START 2: LONG has not come to its end here$/);
  });

  it('whose node script has no such function', async () => {
    const all = [lab.agent('a'), lab.agent('b', {}), lab.agent('c')];
    await expectNobody(lab.run(SYNC), all, 'failed', /^b: it refused START 2: .*no function for START/);
  });

  it('which is of the original kind', async () => {
    const all = [lab.agent('a'), lab.agent('b')];
    const legacy = lab.legacyAgent('c', 'ALIVE');
    await expectNobody(lab.run(SYNC), all, 'failed', /^c: it refused START 3: .*plain text only/);
    expect(legacy.received.filter((text) => !text.startsWith('STOP'))).toEqual([]);
  });

  it('which is lost while its clock is measured', async () => {
    const all = agents();
    const run = lab.run(
      SYNC.replace('GO', 'GO MAXSKEW 1ms'),
      {},
      on(
        10,
        ({ verb }, node) => verb === '_ping' && node === 'c',
        () => all[2]?.kill(),
      ),
    );
    await expectNobody(run, all, 'unreachable', /^c: /);
  });

  it('which dies before it is armed', async () => {
    const all = agents();
    const run = lab.run(
      SYNC,
      {},
      on(1, isArm, () => all[2]?.kill()),
    );
    await expectNobody(run, all, 'unreachable', /^c: /);
  });

  it('whose link stalls before it is armed', async () => {
    const all = agents();
    const run = lab.run(
      SYNC,
      {},
      on(1, isArm, () => all[2]?.freeze()),
    );
    await expectNobody(run, all, 'unreachable', /^c: /);
  });

  it('which was armed, and was sent STOP by hand before all of them were', async () => {
    const all = agents();
    const hand = lab.broker.connect({ clientId: 'hand', clock: lab.clock });
    hand.open([], { onMessage() {}, onConnection() {} });
    const run = lab.run(
      SYNC,
      {},
      whileCIsNotArmed(() => void hand.publish(`${ROOT}/b/COMMAND`, 'STOP', { qos: 1, retain: false })),
    );
    await expectNobody(run, all, 'failed', /^b: START 2 was cancelled: by STOP$/);
    await hand.close();
  });

  it('which refuses it in the last moment, while another does not answer', async () => {
    const all = [lab.agent('a'), lab.agent('b'), lab.agent('c', {})];
    const run = lab.run(SYNC, {}, (transport) =>
      whileCIsNotArmed(() => {}, 40)(losing((message, node) => node === 'a' && isArmed(message))(transport)),
    );
    await expectNobody(run, all, 'failed', /^c: it refused START 3: .*no function for START$/);
  });

  it('which was armed, and dies before all of them are', async () => {
    const all = agents();
    const run = lab.run(
      SYNC,
      {},
      whileCIsNotArmed(() => all[1]?.kill()),
    );
    await expectNobody(run, all, 'unreachable', /^b: /);
  });

  it('when the run is interrupted while they are armed', async () => {
    const all = agents();
    const run = lab.run(
      SYNC,
      {},
      on(3, isArmed, () => run.interrupt()),
    );
    expect(await run.end()).toBe('interrupted');
    expect(startsOf(all)).toEqual([]);
  });

  it('when the control machine dies between arming and confirming', async () => {
    const all = agents();
    const run = lab.run(
      SYNC,
      {},
      on(3, isArmed, () => lab.broker.freeze(run.clientId)),
    );
    await lab.clock.advance(60_000);
    expect(startsOf(all)).toEqual([]);
    expect(await lab.run('SEND a,b,c START 4\nWAITFOR a,b,c STARTED').end()).toBe('passed');
  });

  it('when the broker restarts between arming and confirming, and begins with the next attempt', async () => {
    const all = agents();
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      on(3, isArmed, () => {
        lab.broker.stop();
        lab.clock.setTimer(500, () => lab.broker.start());
      }),
    );
    expect(await run.end()).toBe('passed');
    expect(startsOf(all)).toEqual(ALL_STARTS);
    expect(run.all('sync-measured')).toMatchObject([{ attempts: 2, verdict: 'passed' }]);
  });
});

describe('a SYNC of which one confirmation is lost', () => {
  it('starts nobody, as long as that is known in time', async () => {
    const all = agents();
    const run = lab.run(
      SYNC,
      {},
      losing((message, node) => node === 'c' && isConfirm(message)),
    );
    expect(await run.end()).toBe('unreachable');
    expect(startsOf(all)).toEqual([]);
    expect(whyOf(run)).toEqual([expect.stringMatching(/^c: START 3 is expired: it was not confirmed/)]);
    expect(run.all('command-finished').map(({ node, end, reason }) => `${node} ${end}: ${reason}`)).toContain(
      'a cancelled: another node of its SYNC could not begin',
    );
    expect(new Set(run.all('command-sent').map(({ commandId }) => commandId)).size).toBe(6);
  });
});

describe('a SYNC that is taken back', () => {
  it('does not make the run forget what it started before', async () => {
    const all = agents();
    const run = lab.run(
      `SEND a START 0\nWAITFOR a STARTED\n${SYNC}`,
      {},
      losing((message, node) => node === 'c' && isConfirm(message)),
    );
    expect(await run.end()).toBe('unreachable');
    expect(all[0]?.calls).toEqual(['startFunction 0', 'stopFunction']);
  });
});

describe('a SYNC that is short of time is tried once more', () => {
  it('with new ids, when the answer of one is lost', async () => {
    const all = agents();
    let lost = 0;
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      losing((message, node, way) => way === 'in' && node === 'b' && isArmed(message) && lost++ < 1),
    );
    expect(await run.end()).toBe('passed');
    expect(startsOf(all)).toEqual(ALL_STARTS);
    expect(run.all('sync-measured')).toMatchObject([{ attempts: 2 }]);
    expect(run.all('warning-given').map(({ node, message }) => `${node}: ${message}`)).toContainEqual(
      expect.stringMatching(
        /^b: it did not answer within the .*; nothing has begun, and the SYNC is tried once more$/,
      ),
    );
    const ids = run.all('command-sent').map(({ commandId }) => commandId);
    expect(new Set(ids).size).toBe(6);
  });

  it('when what arms it is lost', async () => {
    const all = agents();
    let lost = 0;
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      losing((message, node) => node === 'b' && isArm(message) && lost++ < 1),
    );
    expect(await run.end()).toBe('passed');
    expect(startsOf(all)).toEqual(ALL_STARTS);
  });

  it('when one that was armed is away as long as not all of them are', async () => {
    const all = agents();
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      whileCIsNotArmed(() => all[1]?.drop()),
    );
    expect(await run.end()).toBe('passed');
    expect(startsOf(all)).toEqual(ALL_STARTS);
    expect(run.all('sync-measured')).toMatchObject([{ attempts: 2 }]);
  });

  it('and not a third time', async () => {
    const all = agents();
    const run = lab.run(
      SYNC,
      {},
      losing((message, node) => node === 'b' && isArm(message)),
    );
    expect(await run.end()).toBe('unreachable');
    expect(startsOf(all)).toEqual([]);
    expect(whyOf(run)).toEqual([
      expect.stringMatching(/^b: it did not answer within the .* before the instant$/),
    ]);
  });

  it('when no confirmation arrives', async () => {
    const all = agents();
    let attempt = 0;
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      losing((message, node) => {
        if (isArm(message) && node === 'a') attempt += 1;
        return isConfirm(message) && attempt === 1;
      }),
    );
    expect(await run.end()).toBe('passed');
    expect(startsOf(all)).toEqual(ALL_STARTS);
  });
});

describe('a fault after the first confirmation can leave some out; the step fails, names them, and stops the others', () => {
  const expectWithout = async (run: Run, all: readonly LabAgent[], verdict: string) => {
    expect(await run.end()).toBe(verdict);
    expect(startsOf(all)).toEqual(['a startFunction 1', 'b startFunction 2']);
    expect(whyOf(run).join('\n')).toMatch(/^c: /);
    expect(run.all('sync-measured')).toMatchObject([
      {
        verdict,
        starts: [
          { node: 'a', started: true },
          { node: 'b', started: true },
          { node: 'c', started: false },
        ],
      },
    ]);
    for (const { calls } of all.slice(0, 2)) expect(calls.at(-1)).toBe('stopFunction');
  };

  it('a confirmation that is lost, with all its repeats, and the word of that', async () => {
    const all = agents();
    let lost = 0;
    const isWord = ({ kind }: Json): boolean => kind === 'result' && lost++ < 1;
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      losing((message, node) => node === 'c' && (isConfirm(message) || isWord(message))),
    );
    await expectWithout(run, all, 'unreachable');
  });

  it('a node that dies once it is armed', async () => {
    const all = agents();
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      on(3, isArmed, () => all[2]?.kill()),
    );
    await expectWithout(run, all, 'unreachable');
  });

  it('a node that dies once it is confirmed', async () => {
    const all = agents();
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      on(3, isConfirm, () => lab.clock.setTimer(5, () => all[2]?.kill())),
    );
    await expectWithout(run, all, 'unreachable');
  });

  it('a node whose link stalls once it is armed', async () => {
    const all = agents();
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      on(3, isArmed, () => all[2]?.freeze()),
    );
    await expectWithout(run, all, 'unreachable');
  });

  it('a node whose link stalls once it is confirmed: it begins, and ends with the lease', async () => {
    const all = agents();
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      on(3, isConfirm, () => lab.clock.setTimer(5, () => all[2]?.freeze())),
    );
    expect(await run.end()).toBe('unreachable');
    expect(startsOf(all)).toEqual(ALL_STARTS);
    expect(whyOf(run)).toEqual([
      'c: it has not said that it began within 10s after the instant, and may have begun',
    ]);
    await lab.clock.advance(60_000);
    for (const { calls } of all) expect(calls.at(-1)).toBe('stopFunction');
  });

  it('but the control machine: then all begin, and end with its lease', async () => {
    const all = agents();
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      on(3, isConfirm, () => lab.clock.setTimer(5, () => lab.broker.freeze(run.clientId))),
    );
    await lab.clock.advance(60_000);
    expect(startsOf(all)).toEqual(ALL_STARTS);
    for (const { calls } of all) expect(calls.at(-1)).toBe('stopFunction');
  });

  it('but the broker: all begin, and say so when it is back', async () => {
    const all = agents();
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      on(3, isConfirm, () =>
        lab.clock.setTimer(5, () => {
          lab.broker.stop();
          lab.clock.setTimer(500, () => lab.broker.start());
        }),
      ),
    );
    expect(await run.end()).toBe('passed');
    expect(startsOf(all)).toEqual(ALL_STARTS);
    expect(run.all('sync-measured')).toMatchObject([{ attempts: 1, verdict: 'passed' }]);
  });

  it('but a link that stalls: its node begins, and says so when the link is back', async () => {
    const all = agents();
    const run = lab.run(
      SYNC_AND_WAIT,
      {},
      on(3, isConfirm, () =>
        lab.clock.setTimer(5, () => {
          all[2]?.freeze();
          lab.clock.setTimer(1500, () => all[2]?.drop());
        }),
      ),
    );
    expect(await run.end()).toBe('passed');
    expect(startsOf(all)).toEqual(ALL_STARTS);
  });
});
