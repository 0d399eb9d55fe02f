import { describe, expect, it } from 'vitest';
import type { Command } from '../../../src/run/node/command.ts';
import {
  accepted,
  aliveNode,
  heartbeat,
  heldNode,
  info,
  infoCleared,
  type NodeUnderTest,
  nodeUnderTest,
  pong,
  refused,
  result,
  status,
  statusReply,
} from './node-fixture.ts';

describe('a command to a session', () => {
  it('is acknowledged, reports its statuses and ends with its result', () => {
    const { node, command } = heldNode();
    expect(node.says(10, 's1', 2, accepted(command.id))).toEqual(['acknowledged']);
    expect(command.phase).toBe('acknowledged');
    expect(node.says(20, 's1', 3, { kind: 'update', id: command.id, text: '9 %' })).toEqual(['updates 9 %']);
    expect(node.says(30, 's1', 4, statusReply('STARTED', command.id))).toEqual(['says STARTED']);
    expect(node.says(40, 's1', 5, result(command.id, 'ok', { code: 0 }))).toEqual(['START 5201 ok']);
    expect(command).toMatchObject({ phase: 'ended', end: 'ok', reason: '' });
    expect([...command.statuses]).toEqual(['STARTED']);
    expect(node.machine.unfinished).toEqual([]);
  });

  it('ends with a result whose acknowledgement was lost', () => {
    const { node, command } = heldNode();
    node.says(10, 's1', 3, result(command.id, 'failed', { code: 7, stderr: 'no such port\n' }));
    expect(command).toMatchObject({ phase: 'ended', end: 'failed', reason: 'no such port' });
  });

  it('ends once: what comes afterwards changes nothing', () => {
    const { node, command } = heldNode();
    node.says(10, 's1', 2, result(command.id, 'ok'));
    node.says(20, 's1', 3, result(command.id, 'failed'));
    node.says(30, 's1', 4, accepted(command.id));
    node.says(40, 's1', 5, refused(command.id, 'busy', 'BUSY'));
    expect(command).toMatchObject({ phase: 'ended', end: 'ok' });
  });

  const refusals = [
    ['busy', true],
    ['no-lease', true],
    ['not-ready', false],
    ['invalid', false],
  ] as const;
  it.each(refusals)('may be refused: %s', (refusal, busy) => {
    const { node, command } = heldNode();
    const reason = refusal === 'busy' ? 'the reason; --take-over stops that run first' : 'the reason';
    expect(node.says(10, 's1', 2, refused(command.id, refusal, 'the reason'))).toEqual([
      `START 5201 refused: ${reason}`,
    ]);
    expect(command).toMatchObject({ end: 'refused', busy, reason });
  });

  it('tells of commands that are not its own without taking them for one', () => {
    const { node } = heldNode();
    expect(node.says(10, 's1', 2, statusReply('STOPPED', 'of another run'))).toEqual(['says STOPPED']);
    expect(node.says(20, 's1', 3, result('of another run', 'failed'))).toEqual([]);
  });

  it('keeps the latest five hundred statuses of one command', () => {
    const { node, command } = heldNode();
    for (let number = 0; number < 600; number += 1)
      node.says(10, 's1', 2 + number, statusReply(`PROGRESS ${number}`, command.id));
    expect(command.statuses.size).toBe(500);
    expect([...command.statuses].at(-1)).toBe('PROGRESS 599');
  });
});

describe('a command that is not acknowledged', () => {
  it('is sent again every two seconds under its id', () => {
    const { node } = heldNode();
    const id = node.idOf('START');
    expect(node.runUntil(5000)).toEqual(['→ START 5201 to s1 as run', '→ START 5201 to s1 as run']);
    expect(node.idOf('START')).toBe(id);
  });

  it('is not sent again once it is acknowledged', () => {
    const { node, command } = heldNode();
    node.says(10, 's1', 2, accepted(command.id));
    expect(node.runUntil(19_000)).toEqual([]);
  });

  it('is not sent to another session: that one could run it a second time', () => {
    const { node, command } = heldNode();
    expect(node.reports(100, 's2', 0)).toEqual([
      'alive: a new session: the agent was started again',
      'START 5201 lost: the agent was started again and knows nothing of it',
    ]);
    expect(command.end).toBe('lost');
    expect(node.runUntil(19_000)).toEqual([]);
  });

  const givenUp: readonly (readonly [
    reason: string,
    prepare: () => { node: NodeUnderTest; command: Command },
  ])[] = [
    ['it is alive but did not acknowledge', () => heldNode()],
    [
      'it has not been heard of',
      () => {
        const node = nodeUnderTest();
        return { node, command: node.send(0, 'START').command };
      },
    ],
    [
      'it has an INFO but does not answer (has its agent died, or does the broker forbid one side its COMMAND or REPLY topic?)',
      () => {
        const node = nodeUnderTest();
        node.hears(0, info('s1', 'retained'));
        return { node, command: node.send(0, 'START').command };
      },
    ],
    [
      'its last status is OFFLINE',
      () => {
        const node = nodeUnderTest();
        node.hears(0, info('s1', 'retained'));
        node.hears(0, status('OFFLINE s1', 'retained'));
        return { node, command: node.send(0, 'START').command };
      },
    ],
    [
      'its heartbeats come but no answer (does the broker forbid one side its COMMAND or REPLY topic?)',
      () => {
        const node = nodeUnderTest();
        node.hears(0, info('s1', 'retained'));
        node.hears(0, heartbeat('s1', 0));
        return { node, command: node.send(0, 'START').command };
      },
    ],
    [
      'the broker said OFFLINE and it did not come back',
      () => {
        const { node, command } = heldNode();
        node.hears(10, status('OFFLINE s1', 'live'));
        return { node, command };
      },
    ],
  ];
  it.each(givenUp)('is given up after ten seconds: %s', (reason, prepare) => {
    const { node, command } = prepare();
    node.runUntil(9999);
    expect(command.end).toBeUndefined();
    node.runUntil(10_000);
    expect(command).toMatchObject({ end: 'not-delivered', reason });
  });

  it('has ten seconds of connection: an outage does not count', () => {
    const { node, command } = heldNode();
    node.at(4000, { kind: 'disconnected' });
    node.at(60_000, { kind: 'connected' });
    node.hears(60_000, info('s1', 'live'));
    node.runUntil(65_999);
    expect(command.end).toBeUndefined();
    node.runUntil(66_000);
    expect(command.end).toBe('not-delivered');
  });

  it('has ten seconds of connection when it was given during the outage', () => {
    const node = aliveNode();
    node.at(1000, { kind: 'disconnected' });
    const { command } = node.send(50_000, 'START');
    node.at(60_000, { kind: 'connected' });
    node.runUntil(69_999);
    expect(command.end).toBeUndefined();
    node.runUntil(70_000);
    expect(command.end).toBe('not-delivered');
  });

  it('is sent again at once after an outage', () => {
    const { node } = heldNode();
    node.at(100, { kind: 'disconnected' });
    expect(node.at(200, { kind: 'connected' })).toEqual(['→ _report 1', '→ START 5201 to s1 as run']);
  });
});

describe('commands whose session is over', () => {
  it('are lost a moment after INFO is cleared, since the last words may overtake each other', () => {
    const { node, command } = heldNode();
    node.says(10, 's1', 2, accepted(command.id));
    node.hears(100, infoCleared);
    node.runUntil(2099);
    expect(command.end).toBeUndefined();
    node.runUntil(2100);
    expect(command).toMatchObject({ end: 'lost', reason: 'the agent has terminated' });
  });

  it('may still be answered by the last words', () => {
    const node = aliveNode({ holdLease: false });
    const { command } = node.send(0, 'TERMINATE');
    node.says(0, 's1', 0, pong(node.idOf('_ping')));
    node.says(10, 's1', 1, accepted(command.id));
    node.hears(20, infoCleared);
    node.says(30, 's1', 2, statusReply('TERMINATED', command.id));
    node.says(40, 's1', 3, result(command.id, 'ok'));
    expect(node.machine.state).toBe('terminated');
    expect(command.end).toBe('ok');
    expect([...command.statuses]).toEqual(['TERMINATED']);
  });

  it('are not over while a lost node may come back', () => {
    const { node, command } = heldNode();
    node.says(10, 's1', 2, accepted(command.id));
    node.runUntil(60_000);
    expect(node.machine.state).toBe('lost');
    node.says(70_000, 's1', 3, result(command.id, 'ok'));
    expect(command.end).toBe('ok');
  });
});

describe('a command that came too late', () => {
  it('makes the control machine take a new clock, and ping before the next command', () => {
    const { node, command } = heldNode();
    expect(node.says(10, 's1', 2, result(command.id, 'expired', { stderr: '31000 ms old' }))).toEqual([
      'new clock',
      'START 5201 expired: 31000 ms old',
    ]);
    node.at(10, { kind: 'clock-renewed' });
    expect(node.send(20, 'START').did).toEqual(['→ _ping']);
    expect(node.says(30, 's1', 2, pong(node.idOf('_ping')))).toEqual(['START sent', '→ START to s1 as run']);
  });

  it('of another run is that run’s affair', () => {
    const { node } = heldNode();
    expect(node.says(10, 's1', 2, result('of another run', 'expired'))).toEqual([]);
  });
});

describe('a legacy node', () => {
  const legacyNode = (): NodeUnderTest => {
    const node = nodeUnderTest();
    node.at(0, { kind: 'asked' });
    node.hears(0, status('ALIVE', 'live'));
    node.runUntil(2000);
    return node;
  };

  it('gets the text of the playbook, once, and nothing else', () => {
    const node = legacyNode();
    const { command, did } = node.send(2000, 'START "two words"');
    expect(did).toEqual(['START "two words" sent', '→ text START "two words"']);
    expect(node.runUntil(11_000)).toEqual([]);
    expect(command.phase).toBe('sent');
  });

  it('does not get what the broker does not take within ten seconds', () => {
    const node = legacyNode();
    const { command } = node.send(3000, 'START');
    node.runUntil(12_999);
    expect(command.end).toBeUndefined();
    node.runUntil(13_000);
    expect(command).toMatchObject({ end: 'not-delivered', reason: 'the broker did not take it' });
  });

  it('has its command when the broker has it', () => {
    const node = legacyNode();
    const { command } = node.send(2000, 'START');
    expect(node.at(2010, { kind: 'published', command })).toEqual(['START ok']);
    expect(node.at(2010, { kind: 'published', command })).toEqual([]);
  });

  it('gets what waited while nobody knew what it is', () => {
    const node = nodeUnderTest();
    node.at(0, { kind: 'asked' });
    node.hears(0, status('ALIVE', 'retained'));
    node.send(0, 'START');
    expect(node.runUntil(2000)).toContain('→ text START');
  });

  it('is never released nor asked', () => {
    const node = legacyNode();
    node.send(2000, 'START');
    expect(node.at(2100, { kind: 'release', stop: false })).toEqual([]);
    expect(node.machine.isHeld).toBe(false);
  });

  it('tells what it says', () => {
    const node = legacyNode();
    expect(node.hears(3000, status('STARTED', 'live'))).toEqual(['says STARTED']);
    expect(node.hears(3000, status('STARTED', 'retained'))).toEqual([]);
  });
});

describe('work that a run has left on a node', () => {
  type Story = readonly [name: string, hasWork: boolean, tell: () => NodeUnderTest];
  const started = (): ReturnType<typeof heldNode> => {
    const { node, command } = heldNode();
    node.says(10, 's1', 2, accepted(command.id));
    node.says(20, 's1', 3, result(command.id, 'ok'));
    return { node, command };
  };
  const stories: readonly Story[] = [
    ['none before a command', false, () => aliveNode()],
    [
      'none while a command waits for the lease',
      false,
      () => {
        const node = aliveNode();
        node.send(0, 'START');
        return node;
      },
    ],
    ['a command on its way', true, () => heldNode().node],
    ['a function that has ended', true, () => started().node],
    [
      'a function that failed',
      true,
      () => {
        const { node, command } = heldNode();
        node.says(10, 's1', 2, result(command.id, 'failed'));
        return node;
      },
    ],
    [
      'a command that was never acknowledged',
      true,
      () => {
        const { node } = heldNode();
        node.runUntil(10_000);
        return node;
      },
    ],
    [
      'none of a command that was refused',
      false,
      () => {
        const { node, command } = heldNode();
        node.says(10, 's1', 2, refused(command.id, 'busy', 'BUSY'));
        return node;
      },
    ],
    [
      'none of a command that came too late',
      false,
      () => {
        const { node, command } = heldNode();
        node.says(10, 's1', 2, result(command.id, 'expired'));
        return node;
      },
    ],
    [
      'none after STOP',
      false,
      () => {
        const { node } = started();
        const { command } = node.send(30, 'STOP');
        node.says(40, 's1', 4, result(command.id, 'ok'));
        return node;
      },
    ],
    [
      'some after a STOP with arguments: the script decided what goes',
      true,
      () => {
        const { node } = started();
        const { command } = node.send(30, 'STOP 5201');
        node.says(40, 's1', 4, result(command.id, 'ok'));
        return node;
      },
    ],
    [
      'some after a STOP that failed',
      true,
      () => {
        const { node } = started();
        const { command } = node.send(30, 'STOP');
        node.says(40, 's1', 4, result(command.id, 'failed'));
        return node;
      },
    ],
    [
      'some of a START that was sent behind a STOP',
      true,
      () => {
        const { node } = started();
        const stop = node.send(30, 'STOP').command;
        const start = node.send(30, 'START').command;
        node.says(40, 's1', 4, accepted(stop.id));
        node.says(40, 's1', 5, accepted(start.id));
        node.says(50, 's1', 6, result(stop.id, 'ok'));
        return node;
      },
    ],
    [
      'none of STOP itself',
      false,
      () => {
        const node = aliveNode();
        node.send(0, 'STOP');
        node.says(0, 's1', 0, pong(node.idOf('_ping')));
        node.says(0, 's1', 1, accepted(node.idOf('_lease')));
        return node;
      },
    ],
    [
      'none when the session is over',
      false,
      () => {
        const { node } = started();
        node.reports(100, 's2', 0);
        return node;
      },
    ],
    [
      'none when the agent stopped it because the lease had lapsed',
      false,
      () => {
        const { node } = started();
        node.says(100, 's1', 4, statusReply('STOPPED lease-lost'));
        return node;
      },
    ],
    [
      'none when another run has taken the node over: it stopped ours first, and a STOP now would hit its own',
      false,
      () => {
        const { node } = started();
        node.says(100, 's1', 4, statusReply('STOPPED taken-over'));
        return node;
      },
    ],
    [
      'none when somebody else cancelled it, perhaps to take the node over',
      false,
      () => {
        const { node, command } = heldNode();
        node.says(100, 's1', 2, result(command.id, 'cancelled'));
        return node;
      },
    ],
    [
      'some when a STOP of ours, with arguments, cancelled it',
      true,
      () => {
        const { node, command } = heldNode();
        node.send(30, 'STOP 5201');
        node.says(40, 's1', 2, result(command.id, 'cancelled'));
        return node;
      },
    ],
    [
      'some when another command says STOPPED',
      true,
      () => {
        const { node } = started();
        node.says(100, 's1', 4, statusReply('STOPPED', 'of another run'));
        return node;
      },
    ],
  ];
  it.each(stories)('%s', (_name, hasWork, tell) => {
    expect(tell().machine.hasWork).toBe(hasWork);
  });

  const legacyStories: readonly (readonly [text: string, said: string, hasWork: boolean])[] = [
    ['START', 'STARTED', true],
    ['START', 'STOPPED', false],
    ['START', 'TERMINATED', false],
    ['STOP', 'STARTED', false],
    ['FOO', 'FOO-DONE', false],
  ];
  it.each(legacyStories)('of a legacy node after %s and %s: %s', (text, said, hasWork) => {
    const node = nodeUnderTest();
    node.at(0, { kind: 'asked' });
    node.hears(0, status('ALIVE', 'live'));
    node.runUntil(2000);
    const { command } = node.send(2000, text);
    node.at(2010, { kind: 'published', command });
    node.hears(2100, status(said, 'live'));
    expect(node.machine.hasWork).toBe(hasWork);
  });
});
