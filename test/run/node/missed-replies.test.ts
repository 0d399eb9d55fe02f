import { describe, expect, it } from 'vitest';
import {
  accepted,
  aliveNode,
  heartbeat,
  heldNode,
  info,
  infoCleared,
  nodeUnderTest,
  repeatedStatus,
  result,
  status,
  statusReply,
} from './node-fixture.ts';

describe('replies that were missed', () => {
  it('are asked for a moment after the hole was noticed, and again every second', () => {
    const { node, command } = heldNode();
    node.says(100, 's1', 4, statusReply('STARTED', command.id));
    expect(node.runUntil(349)).toEqual([]);
    expect(node.runUntil(1999)).toEqual(['2 missed', '→ _report 1', '→ _report 1']);
  });

  it('are not asked for when a broker only swapped them', () => {
    const { node, command } = heldNode();
    node.says(100, 's1', 3, statusReply('STARTED', command.id));
    node.says(200, 's1', 2, accepted(command.id));
    expect(node.runUntil(10_000)).toEqual([]);
  });

  it.each([
    ['a heartbeat', heartbeat('s1', 3)],
    [
      'a pong',
      {
        kind: 'reply',
        receivedAt: 0,
        reply: { v: 1, kind: 'pong', session: 's1', seq: 3, id: 'x', t0: 0, t1: 0, t2: 0 },
      },
    ],
    [
      'a re-announced status',
      {
        kind: 'reply',
        receivedAt: 0,
        reply: { v: 1, kind: 'status', session: 's1', seq: 3, text: 'STARTED', repeat: true },
      },
    ],
  ] as const)('are noticed by the number in %s', (_name, message) => {
    const { node } = heldNode();
    node.hears(100, message);
    expect(node.runUntil(400)).toEqual(['2 missed', '→ _report 1']);
  });

  it('count in full, each once', () => {
    const { node, command } = heldNode();
    node.says(100, 's1', 4, result(command.id, 'ok'));
    node.says(400, 's1', 2, accepted(command.id));
    expect(node.says(400, 's1', 3, statusReply('STARTED', command.id))).toEqual(['says STARTED']);
    expect(node.says(400, 's1', 4, result(command.id, 'ok'))).toEqual([]);
    expect([...command.statuses]).toEqual(['STARTED']);
    expect(node.machine.missesReplies).toBe(false);
  });

  it('are asked for at a re-announcement, from the last word on', () => {
    const { node } = heldNode();
    expect(node.hears(100, info('s1', 'live'))).toEqual(['→ _report 1', 'returned']);
  });

  it('are not asked for when an INFO is merely retained', () => {
    const { node } = heldNode();
    expect(node.hears(100, info('s1', 'retained'))).toEqual([]);
  });

  it('are not asked for while nobody could answer', () => {
    const node = aliveNode();
    node.hears(100, heartbeat('s1', 3));
    node.hears(110, status('OFFLINE s1', 'live'));
    expect(node.runUntil(60_000)).toEqual(['lost: the broker said OFFLINE and it did not come back']);
  });

  it('are not asked of an agent that has terminated', () => {
    const node = aliveNode();
    node.hears(100, heartbeat('s1', 3));
    node.hears(110, infoCleared);
    expect(node.runUntil(60_000)).toEqual([]);
  });

  it('are given up when the agent no longer has them, and that is said', () => {
    const { node, command } = heldNode();
    node.says(50, 's1', 2, accepted(command.id));
    node.hears(100, heartbeat('s1', 9));
    node.runUntil(350);
    node.says(400, 's1', 9, { kind: 'update', id: command.id, text: '9 %' });
    expect(
      node.reports(400, 's1', 9, {
        id: node.idOf('_report'),
        status: 'STARTED',
        forgotten: 8,
        unfinished: [command.id],
      }),
    ).toEqual(['warning: 6 of its replies were lost on the way and are no longer kept']);
    expect(node.machine.missesReplies).toBe(false);
    expect(command.phase).toBe('acknowledged');
    expect(node.runUntil(19_000)).toEqual([]);
  });

  it('are not counted as missed when an outage explains it, unless they do not come even then', () => {
    const { node } = heldNode();
    node.hears(100, info('s1', 'live'));
    node.says(100, 's1', 3, repeatedStatus('STARTED'));
    expect(node.runUntil(1349)).toEqual(['→ _report 1']);
    expect(node.runUntil(1400)).toEqual(['2 missed', '→ _report 1']);
  });

  it('are looked for at a node that works, when those of others were lost', () => {
    const { node, command } = heldNode();
    node.says(50, 's1', 2, accepted(command.id));
    expect(node.at(100, { kind: 'doubted' })).toEqual(['→ _report 2']);
    node.says(150, 's1', 3, result(command.id, 'ok'));
    expect(node.at(200, { kind: 'doubted' })).toEqual([]);
  });

  it('are given up by the answer to the last question alone', () => {
    const { node } = heldNode();
    node.hears(100, heartbeat('s1', 9));
    node.runUntil(350);
    node.reports(400, 's1', 9, { id: 'of somebody else', forgotten: 9 });
    expect(node.machine.missesReplies).toBe(true);
  });

  it('are asked for once more when they were lost again, as long as the agent has them', () => {
    const { node, command } = heldNode();
    node.says(50, 's1', 2, accepted(command.id));
    node.hears(100, heartbeat('s1', 9));
    node.runUntil(350);
    node.reports(400, 's1', 9, { id: node.idOf('_report'), forgotten: 1, unfinished: [] });
    expect(node.machine.missesReplies).toBe(true);
    expect(command.phase).toBe('acknowledged');
    expect(node.runUntil(1400)).toEqual(['→ _report 2']);
  });

  it('may have been a result: a command that the agent no longer works on is lost', () => {
    const { node, command } = heldNode();
    node.says(50, 's1', 2, accepted(command.id));
    node.hears(100, heartbeat('s1', 9));
    node.runUntil(350);
    node.reports(400, 's1', 9, { id: node.idOf('_report'), forgotten: 9, unfinished: [] });
    expect(command).toMatchObject({
      end: 'lost',
      reason: 'its result was lost on the way and is no longer kept',
    });
  });
});

describe('the last status', () => {
  it('is that of the first report', () => {
    const node = nodeUnderTest();
    node.reports(0, 's1', 7, { status: 'STARTED' });
    expect(node.machine.status).toBe('STARTED');
  });

  it('is null while initFunction runs', () => {
    const node = nodeUnderTest();
    node.reports(0, 's1', 0, { status: null });
    expect(node.machine.status).toBeNull();
    node.says(10, 's1', 1, statusReply('ALIVE'));
    expect(node.machine.status).toBe('ALIVE');
  });

  it('is the one with the highest number, in whatever order they arrive', () => {
    const node = aliveNode();
    node.says(10, 's1', 2, statusReply('STARTED'));
    node.says(20, 's1', 1, statusReply('READY'));
    expect(node.machine.status).toBe('STARTED');
  });

  it('is told again by a re-announcement, when it was missed', () => {
    const node = aliveNode();
    node.says(10, 's1', 3, repeatedStatus('STARTED'));
    expect(node.machine.status).toBe('STARTED');
  });

  it('is forgotten with its session', () => {
    const node = aliveNode();
    node.hears(10, info('s2', 'live'));
    expect(node.machine.status).toBeNull();
  });

  it('comes with the lease as the agent has it', () => {
    const node = nodeUnderTest();
    const lease = { run: 'r9', owner: 'ci@lab', since: 0 };
    node.reports(0, 's1', 7, { lease });
    expect(node.machine.lease).toEqual(lease);
    node.reports(1, 's1', 7, { lease: null });
    expect(node.machine.lease).toBeNull();
  });
});
