import { describe, expect, it } from 'vitest';
import {
  accepted,
  aliveNode,
  heldNode,
  info,
  infoCleared,
  nodeUnderTest,
  pong,
  refused,
  status,
} from './node-fixture.ts';

describe('before the first command to a session', () => {
  it('is a ping, then the lease, then the command', () => {
    const node = aliveNode();
    expect(node.send(100, 'START 5201').did).toEqual(['→ _ping']);
    expect(node.says(110, 's1', 0, pong(node.idOf('_ping')))).toEqual([
      '→ _lease me@here 15000 to s1 as run',
    ]);
    expect(node.says(120, 's1', 1, accepted(node.idOf('_lease')))).toEqual([
      'START 5201 sent',
      '→ START 5201 to s1 as run',
    ]);
    expect(node.machine.isHeld).toBe(true);
  });

  it('is a ping alone for a run that holds no lease', () => {
    const node = aliveNode({ holdLease: false });
    expect(node.send(100, 'FOO').did).toEqual(['→ _ping']);
    expect(node.says(110, 's1', 0, pong(node.idOf('_ping')))).toEqual(['FOO sent', '→ FOO to s1']);
    expect(node.machine.isHeld).toBe(false);
  });

  it('is nothing more before the second command', () => {
    const { node } = heldNode();
    expect(node.send(100, 'STOP').did).toEqual(['STOP sent', '→ STOP to s1 as run']);
  });

  it('keeps several commands in order', () => {
    const node = aliveNode();
    node.send(0, 'FIRST');
    node.send(0, 'SECOND "two words"');
    node.says(10, 's1', 0, pong(node.idOf('_ping')));
    expect(node.says(20, 's1', 1, accepted(node.idOf('_lease')))).toEqual([
      'FIRST sent',
      '→ FIRST to s1 as run',
      'SECOND "two words" sent',
      '→ SECOND two words to s1 as run',
    ]);
  });

  it('waits until the node is alive', () => {
    const node = nodeUnderTest();
    node.at(0, { kind: 'asked' });
    expect(node.send(0, 'START').did).toEqual([]);
    expect(node.reports(500, 's1', 0)).toEqual(['alive', '→ _ping']);
  });

  it('asks again every second, under the same id', () => {
    const node = aliveNode();
    node.send(0, 'START');
    const id = node.idOf('_ping');
    expect(node.tick(999)).toEqual([]);
    expect(node.tick(1000)).toEqual(['→ _ping']);
    expect(node.idOf('_ping')).toBe(id);
  });

  it('believes no other answer than the one it asked for', () => {
    const node = aliveNode();
    node.send(0, 'START');
    expect(node.says(10, 's1', 0, pong('of somebody else'))).toEqual([]);
    node.says(20, 's1', 0, pong(node.idOf('_ping')));
    expect(node.says(30, 's1', 1, accepted('of somebody else'))).toEqual([]);
    expect(node.says(40, 's1', 2, refused('of somebody else', 'busy', 'BUSY'))).toEqual([]);
  });

  it('begins afresh with a new session', () => {
    const { node } = heldNode();
    node.says(50, 's1', 2, accepted(node.idOf('START')));
    node.reports(100, 's2', 0);
    expect(node.machine.isHeld).toBe(false);
    expect(node.send(200, 'STOP').did).toEqual(['→ _ping']);
  });

  it('asks at once after an outage, since the question may be gone', () => {
    const node = aliveNode();
    node.send(0, 'START');
    node.at(100, { kind: 'disconnected' });
    expect(node.at(200, { kind: 'connected' })).toEqual(['→ _report 0', '→ _ping']);
  });

  it.each(['reconnecting', 'lost', 'terminated'] as const)('wants no time while the node is %s', (state) => {
    const node = aliveNode();
    node.send(0, 'START');
    if (state === 'terminated') node.hears(10, infoCleared);
    else node.hears(10, status('OFFLINE s1', 'live'));
    node.runUntil(state === 'lost' ? 2500 : 1500);
    expect(node.machine.state).toBe(state);
    expect(node.machine.nextDeadline()).toBeGreaterThan(1500);
  });
});

describe('the lease of a node that another run holds', () => {
  const busy = 'BUSY r9 ci@lab since 2026-01-01T00:00:00Z';

  it('refuses everything that waits for it', () => {
    const node = aliveNode();
    const first = node.send(0, 'START').command;
    const second = node.send(0, 'FOO').command;
    node.says(10, 's1', 0, pong(node.idOf('_ping')));
    expect(node.says(20, 's1', 1, refused(node.idOf('_lease'), 'busy', busy))).toEqual([
      `START refused: ${busy}; --take-over stops that run first`,
      `FOO refused: ${busy}; --take-over stops that run first`,
    ]);
    expect(first).toMatchObject({ end: 'refused', busy: true, reason: expect.stringContaining(busy) });
    expect(second).toMatchObject({ end: 'refused', busy: true });
    expect(node.machine.hasWork).toBe(false);
  });

  it('is asked for again by the next command', () => {
    const node = aliveNode();
    node.send(0, 'START');
    node.says(10, 's1', 0, pong(node.idOf('_ping')));
    node.says(20, 's1', 1, refused(node.idOf('_lease'), 'busy', busy));
    expect(node.send(1000, 'START').did).toEqual(['→ _lease me@here 15000 to s1 as run']);
  });

  it('is taken over when the user wants it, and may take as long as the other work needs to stop', () => {
    const node = aliveNode({ takeOver: true });
    const { command } = node.send(0, 'START');
    expect(node.says(10, 's1', 0, pong(node.idOf('_ping')))).toEqual([
      '→ _lease me@here 15000 take-over to s1 as run',
    ]);
    node.hears(30_000, info('s1', 'live'));
    node.runUntil(44_999);
    expect(command.phase).toBe('waiting');
    node.says(44_999, 's1', 1, accepted(node.idOf('_lease')));
    expect(command.phase).toBe('sent');
  });

  it('is no busy node when the lease is refused for another reason', () => {
    const node = aliveNode();
    const { command } = node.send(0, 'START');
    node.says(10, 's1', 0, pong(node.idOf('_ping')));
    node.says(20, 's1', 1, refused(node.idOf('_lease'), 'invalid', 'no owner'));
    expect(command).toMatchObject({ end: 'refused', busy: false });
  });
});

describe('release', () => {
  it('names the session and the run, and ends with its acknowledgement', () => {
    const { node } = heldNode();
    expect(node.at(100, { kind: 'release', stop: false })).toEqual(['→ _release to s1 as run']);
    expect(node.machine.isHeld).toBe(true);
    node.says(110, 's1', 2, accepted(node.idOf('_release')));
    expect(node.machine.isHeld).toBe(false);
  });

  it('says that the agent is to stop what is left, when the run had to be stopped', () => {
    const { node } = heldNode();
    expect(node.at(100, { kind: 'release', stop: true })).toEqual(['→ _release stop to s1 as run']);
  });

  it('is asked for again every second under the same id', () => {
    const { node, command } = heldNode();
    node.says(10, 's1', 2, accepted(command.id));
    node.at(100, { kind: 'release', stop: false });
    const id = node.idOf('_release');
    expect(node.runUntil(2100)).toEqual(['→ _release to s1 as run', '→ _release to s1 as run']);
    expect(node.at(2200, { kind: 'release', stop: false })).toEqual([]);
    expect(node.idOf('_release')).toBe(id);
  });

  it('is nothing for a node that is not held', () => {
    const node = aliveNode();
    expect(node.at(100, { kind: 'release', stop: false })).toEqual([]);
  });

  it('gives back a lease that was asked for and may have been granted', () => {
    const node = aliveNode();
    node.send(0, 'START');
    node.says(10, 's1', 0, pong(node.idOf('_ping')));
    expect(node.machine.isHeld).toBe(true);
    expect(node.at(20, { kind: 'release', stop: false })).toEqual(['→ _release to s1 as run']);
  });

  it('is over when the session is: its lease died with it', () => {
    const { node } = heldNode();
    node.at(100, { kind: 'release', stop: false });
    node.reports(200, 's2', 0);
    expect(node.machine.isHeld).toBe(false);
    expect(node.runUntil(5000)).toEqual([]);
  });

  it('lets the next command ask for the lease anew', () => {
    const { node } = heldNode();
    node.at(100, { kind: 'release', stop: false });
    node.says(110, 's1', 2, accepted(node.idOf('_release')));
    expect(node.send(200, 'STOP').did).toEqual(['→ _ping']);
  });
});
