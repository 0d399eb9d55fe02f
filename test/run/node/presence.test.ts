import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../../src/events/index.ts';
import {
  aliveNode,
  heartbeat,
  info,
  infoCleared,
  infoOf,
  type NodeUnderTest,
  nodeUnderTest,
  status,
  statusReply,
} from './node-fixture.ts';

type Happening = (node: NodeUnderTest) => unknown;

const asked =
  (now: number): Happening =>
  (node) =>
    node.at(now, { kind: 'asked' });
const hears =
  (now: number, message: Parameters<NodeUnderTest['hears']>[1]): Happening =>
  (node) =>
    node.hears(now, message);
const reports =
  (now: number, session: string): Happening =>
  (node) =>
    node.reports(now, session, 0);
const until =
  (now: number): Happening =>
  (node) =>
    node.runUntil(now);

describe('presence at the start of a run', () => {
  const cases: readonly (readonly [name: string, state: NodeState, happenings: readonly Happening[]])[] = [
    ['nothing at all', 'unknown', [asked(0), until(60_000)]],
    ['a retained INFO alone', 'silent', [hears(0, info('s1', 'retained')), asked(0), until(60_000)]],
    [
      'a retained OFFLINE alone',
      'silent',
      [hears(0, status('OFFLINE s1', 'retained')), asked(0), until(60_000)],
    ],
    ['a bare retained OFFLINE', 'silent', [hears(0, status('OFFLINE', 'retained')), asked(0), until(60_000)]],
    [
      'a retained TERMINATED',
      'silent',
      [hears(0, status('TERMINATED', 'retained')), asked(0), until(60_000)],
    ],
    [
      'a retained INFO and a retained status',
      'silent',
      [hears(0, info('s1', 'retained')), hears(0, status('STARTED', 'retained')), asked(0), until(60_000)],
    ],
    [
      'a retained status and INFO of an agent that takes plain text only',
      'silent',
      [
        hears(0, info('s1', 'retained', { accepts: ['text'] })),
        hears(0, status('ALIVE', 'retained')),
        asked(0),
        until(60_000),
      ],
    ],
    [
      'such an INFO and a heartbeat of its session',
      'alive',
      [hears(0, info('s1', 'retained', { accepts: ['text'] })), asked(0), hears(5, heartbeat('s1', 0))],
    ],
    [
      'a status and an INFO that takes neither text nor envelopes',
      'legacy',
      [
        hears(0, info('s1', 'retained', { accepts: ['runes'] })),
        hears(0, status('ALIVE', 'retained')),
        asked(0),
        until(60_000),
      ],
    ],
    ['an answer', 'alive', [asked(0), reports(5, 's1')]],
    [
      'a retained INFO and an answer',
      'alive',
      [hears(0, info('s1', 'retained')), asked(0), reports(5, 's1')],
    ],
    [
      'a retained INFO and a heartbeat of its session',
      'alive',
      [hears(0, info('s1', 'retained')), asked(0), hears(5, heartbeat('s1', 3))],
    ],
    [
      'a retained INFO and a heartbeat of another session',
      'silent',
      [hears(0, info('s1', 'retained')), asked(0), hears(5, heartbeat('s2', 3))],
    ],
    ['a live INFO', 'alive', [asked(0), hears(5, info('s1', 'live'))]],
    ['a heartbeat without INFO', 'unknown', [asked(0), hears(5, heartbeat('s1', 3))]],
    [
      'a retained status, 2 s long',
      'unknown',
      [hears(0, status('ALIVE', 'retained')), asked(0), until(1999)],
    ],
    [
      'a retained status, after 2 s',
      'legacy',
      [hears(0, status('ALIVE', 'retained')), asked(0), until(2000)],
    ],
    ['a retained status that comes late', 'legacy', [asked(0), hears(5000, status('STARTED', 'retained'))]],
    ['a retained status, never asked', 'unknown', [hears(0, status('ALIVE', 'retained')), until(60_000)]],
    ['a live status, 2 s long', 'unknown', [asked(0), hears(5000, status('ALIVE', 'live')), until(6999)]],
    ['a live status, after 2 s', 'legacy', [asked(0), hears(5000, status('ALIVE', 'live')), until(7000)]],
    [
      'an old INFO whose node is now a legacy agent',
      'legacy',
      [hears(0, info('s1', 'retained')), asked(0), hears(5000, status('ALIVE', 'live')), until(13_000)],
    ],
    [
      'an INFO whose agent answers late, and speaks meanwhile',
      'silent',
      [hears(0, info('s1', 'retained')), asked(0), hears(5000, status('STARTED', 'live')), until(12_900)],
    ],
    [
      'a retained STATUS that came before the INFO',
      'silent',
      [hears(0, status('ALIVE', 'retained')), asked(0), hears(1000, info('s1', 'retained')), until(60_000)],
    ],
    [
      'an OFFLINE left behind where a legacy agent is started now',
      'legacy',
      [
        hears(0, status('OFFLINE s1', 'retained')),
        asked(0),
        hears(5000, status('ALIVE', 'live')),
        until(7000),
      ],
    ],
    [
      'a live status of an agent that answers within 2 s',
      'alive',
      [asked(0), hears(5000, status('ALIVE', 'live')), reports(6000, 's1'), until(7000)],
    ],
    [
      'a legacy node that turns out to be ours',
      'alive',
      [hears(0, status('ALIVE', 'retained')), asked(0), until(2000), reports(3000, 's1')],
    ],
  ];

  it.each(cases)('%s: %s', (_name, state, happenings) => {
    const node = nodeUnderTest();
    for (const happen of happenings) happen(node);
    expect(node.machine.state).toBe(state);
  });

  it('says of a legacy node what its retained ALIVE is worth', () => {
    const node = nodeUnderTest();
    node.hears(0, status('ALIVE', 'retained'));
    node.at(0, { kind: 'asked' });
    expect(node.runUntil(2000)).toContain(
      'legacy: it answers with its STATUS alone, and a retained ALIVE is no proof of life',
    );
    expect(node.machine.legacyAlive).toBe(true);
  });
});

describe('asking who is there', () => {
  it('asks everybody, ever more rarely, about a node that has shown nothing', () => {
    const node = nodeUnderTest();
    node.at(0, { kind: 'asked' });
    const times: number[] = [];
    for (let due = node.machine.nextDeadline(); due !== undefined && due < 40_000; ) {
      expect(node.tick(due)).toEqual(['→ _report to all']);
      times.push(due);
      due = node.machine.nextDeadline();
    }
    expect(times).toEqual([1000, 3000, 7000, 15_000, 23_000, 31_000, 39_000]);
  });

  it('asks a node with an INFO on its own topic, every second', () => {
    const node = nodeUnderTest();
    node.hears(0, info('s1', 'retained'));
    node.at(0, { kind: 'asked' });
    expect(node.runUntil(3500)).toEqual(['→ _report', '→ _report', '→ _report']);
  });

  it('never publishes an envelope to a node without INFO', () => {
    const node = nodeUnderTest();
    node.hears(0, status('STARTED', 'retained'));
    node.at(0, { kind: 'asked' });
    node.send(0, 'START');
    const did = [...node.runUntil(30_000)];
    expect(did.filter((line) => line.startsWith('→') && !line.startsWith('→ text'))).toEqual([
      '→ _report to all',
    ]);
  });

  it('asks at once when a session without a known INFO speaks', () => {
    const node = nodeUnderTest();
    node.hears(0, info('s1', 'retained'));
    expect(node.hears(10, heartbeat('s2', 4))).toEqual(['→ _report']);
  });

  it('asks a session that it meets by its INFO or its heartbeat how things stand, until it tells', () => {
    const node = nodeUnderTest();
    node.at(0, { kind: 'asked' });
    expect(node.hears(10, info('s1', 'live'))).toEqual(['alive', '→ _report']);
    expect(node.runUntil(2500)).toEqual(['→ _report', '→ _report']);
    node.reports(2600, 's1', 1, { status: 'STARTED' });
    expect(node.machine.status).toBe('STARTED');
    expect(node.runUntil(10_000)).toEqual([]);
  });

  it('stops asking when the node has answered', () => {
    const node = aliveNode();
    expect(node.runUntil(19_999)).toEqual([]);
  });

  it('asks again when nothing was heard for half of the time after which it is lost', () => {
    const node = aliveNode();
    node.hears(10_000, heartbeat('s1', 0));
    expect(node.runUntil(29_999)).toEqual([]);
    expect(node.runUntil(31_500)).toEqual(['→ _report', '→ _report']);
    node.reports(31_600, 's1', 0);
    expect(node.runUntil(51_599)).toEqual([]);
    expect(node.runUntil(71_600).filter((did) => did !== '→ _report')).toEqual([
      'lost: nothing was heard of it for 40s',
    ]);
  });
});

describe('silence', () => {
  const cases: readonly (readonly [name: string, busy: boolean, heartbeatMs: number, silenceMs: number])[] = [
    ['40 s for a heartbeat of 15 s', false, 15_000, 40_000],
    ['15 s while a function runs', true, 15_000, 15_000],
    ['in proportion to a shorter heartbeat', false, 1500, 4000],
    ['in proportion to a shorter heartbeat while a function runs', true, 1500, 1500],
  ];

  it.each(cases)('%s', (_name, busy, heartbeatMs, silenceMs) => {
    const node = nodeUnderTest();
    node.reports(0, 's1', 0, { info: infoOf('s1', { heartbeatMs }) });
    node.hears(1000, heartbeat('s1', 0, busy));
    node.tick(1000 + silenceMs - 1);
    expect(node.machine.state).toBe('alive');
    expect(node.machine.nextDeadline()).toBe(1000 + silenceMs);
    expect(node.tick(1000 + silenceMs)[0]).toMatch(/^lost: nothing was heard of it for/);
    expect(node.machine.state).toBe('lost');
  });

  it('ends with any word of the session', () => {
    const node = aliveNode();
    node.runUntil(40_000);
    expect(node.says(50_000, 's1', 1, statusReply('STARTED'))).toContain('alive: it is back');
  });

  it('does not end with words of another session', () => {
    const node = aliveNode();
    node.runUntil(40_000);
    node.says(50_000, 's9', 1, statusReply('STARTED'));
    expect(node.machine.state).toBe('lost');
  });

  it('does not end with the STATUS topic, which anybody may have written', () => {
    const node = aliveNode();
    node.runUntil(40_000);
    node.hears(50_000, status('STARTED', 'live'));
    expect(node.machine.state).toBe('lost');
  });
});

describe('the will', () => {
  it('begins a grace, after which the node is lost', () => {
    const node = aliveNode();
    expect(node.hears(1000, status('OFFLINE s1', 'live'))).toEqual(['reconnecting: the broker says OFFLINE']);
    expect(node.machine.nextDeadline()).toBe(3000);
    expect(node.tick(2999)).toEqual([]);
    expect(node.tick(3000)).toEqual(['lost: the broker said OFFLINE and it did not come back']);
  });

  it('is no failure when the same session is back within the grace', () => {
    const node = aliveNode();
    node.hears(1000, status('OFFLINE s1', 'live'));
    expect(node.hears(1500, info('s1', 'live'))).toContain('alive: it is back');
    node.tick(3000);
    expect(node.machine.state).toBe('alive');
  });

  it('is lost and back when the same session returns later', () => {
    const node = aliveNode();
    node.hears(1000, status('OFFLINE s1', 'live'));
    node.tick(3000);
    expect(node.hears(9000, info('s1', 'live'))).toContain('alive: it is back');
  });

  it('of another session is ignored', () => {
    const node = aliveNode();
    expect(node.hears(1000, status('OFFLINE s0', 'live'))).toEqual([]);
    expect(node.hears(1000, status('OFFLINE', 'live'))).toEqual([]);
    expect(node.machine.state).toBe('alive');
  });

  it('of the session before is ignored once a new session has spoken', () => {
    const node = aliveNode();
    node.reports(1000, 's2', 0);
    expect(node.hears(1100, status('OFFLINE s1', 'live'))).toEqual([]);
    expect(node.machine.state).toBe('alive');
  });
});

describe('a new session', () => {
  it('is alive at once, and said', () => {
    const node = aliveNode();
    expect(node.hears(5000, info('s2', 'live'))).toContain(
      'alive: a new session: the agent was started again',
    );
    expect(node.machine.session).toBe('s2');
  });

  it('needs an INFO: a heartbeat of a stranger changes nothing but a question', () => {
    const node = aliveNode();
    expect(node.hears(5000, heartbeat('s2', 0))).toEqual(['→ _report']);
    expect(node.machine.session).toBe('s1');
  });

  it('leaves the old one behind for good', () => {
    const node = aliveNode();
    node.reports(1000, 's2', 0);
    node.reports(2000, 's1', 0);
    node.hears(2000, info('s1', 'live'));
    node.hears(2000, heartbeat('s1', 7));
    expect(node.machine.session).toBe('s2');
    expect(node.machine.presence.isPast('s1')).toBe(true);
  });

  it('remembers the last sixteen sessions that are over', () => {
    const node = aliveNode();
    for (let session = 2; session <= 20; session += 1) node.reports(session, `s${session}`, 0);
    expect(node.machine.presence.isPast('s4')).toBe(true);
    expect(node.machine.presence.isPast('s3')).toBe(false);
  });
});

describe('termination', () => {
  it('is seen when INFO is cleared', () => {
    const node = aliveNode();
    expect(node.hears(1000, infoCleared)).toEqual(['terminated: it has terminated']);
    expect(node.hears(1000, heartbeat('s1', 0))).toEqual([]);
    expect(node.machine.state).toBe('terminated');
  });

  it('is no loss, however long it lasts', () => {
    const node = aliveNode();
    node.hears(1000, infoCleared);
    expect(node.runUntil(600_000)).toEqual([]);
    expect(node.machine.state).toBe('terminated');
  });

  it('is over when the agent is started again', () => {
    const node = aliveNode();
    node.hears(1000, infoCleared);
    node.hears(2000, info('s2', 'live'));
    expect(node.machine.state).toBe('alive');
  });

  it('means nothing for a node that was not there', () => {
    const node = nodeUnderTest();
    node.hears(0, infoCleared);
    expect(node.machine.state).toBe('unknown');
  });
});

describe('an outage of the control machine', () => {
  it('stops every count of time', () => {
    const node = aliveNode();
    node.at(1000, { kind: 'disconnected' });
    expect(node.machine.nextDeadline()).toBeUndefined();
    node.tick(500_000);
    expect(node.machine.state).toBe('alive');
  });

  it('lets silence begin afresh', () => {
    const node = aliveNode();
    node.at(39_000, { kind: 'disconnected' });
    node.at(100_000, { kind: 'connected' });
    node.tick(139_999);
    expect(node.machine.state).toBe('alive');
    node.tick(140_000);
    expect(node.machine.state).toBe('lost');
  });

  const offlines: readonly (readonly [name: string, happenings: readonly Happening[]])[] = [
    [
      'that began before it',
      [
        hears(0, status('OFFLINE s1', 'live')),
        (node) => node.at(1000, { kind: 'disconnected' }),
        (node) => node.at(100_000, { kind: 'connected' }),
      ],
    ],
    [
      'that is read before the connection counts as restored',
      [
        (node) => node.at(1000, { kind: 'disconnected' }),
        hears(99_990, status('OFFLINE s1', 'retained')),
        (node) => node.at(100_000, { kind: 'connected' }),
      ],
    ],
    [
      'that is read right after the reconnect',
      [
        (node) => node.at(1000, { kind: 'disconnected' }),
        (node) => node.at(100_000, { kind: 'connected' }),
        hears(100_010, status('OFFLINE s1', 'retained')),
      ],
    ],
  ];
  it.each(offlines)('gives an OFFLINE %s the longer grace', (_name, happenings) => {
    const node = aliveNode();
    for (const happen of happenings) happen(node);
    expect(node.machine.state).toBe('reconnecting');
    node.tick(109_999);
    expect(node.machine.state).toBe('reconnecting');
    node.tick(110_000);
    expect(node.machine.state).toBe('lost');
  });

  it('asks what was said meanwhile', () => {
    const node = aliveNode();
    node.says(100, 's1', 1, statusReply('READY'));
    node.at(1000, { kind: 'disconnected' });
    expect(node.at(5000, { kind: 'connected' })).toEqual(['→ _report 1']);
  });

  it('gives a node that had shown a status its two seconds again', () => {
    const node = nodeUnderTest();
    node.hears(0, status('ALIVE', 'retained'));
    node.at(0, { kind: 'asked' });
    node.at(1000, { kind: 'disconnected' });
    node.at(9000, { kind: 'connected' });
    node.runUntil(10_999);
    expect(node.machine.state).toBe('unknown');
    node.runUntil(11_000);
    expect(node.machine.state).toBe('legacy');
  });
});
