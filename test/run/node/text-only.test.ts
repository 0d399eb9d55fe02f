import { describe, expect, it } from 'vitest';
import { judgeWait } from '../../../src/run/node/wait-rule.ts';
import { heartbeat, info, infoCleared, type NodeUnderTest, nodeUnderTest, status } from './node-fixture.ts';

const TEXT_ONLY = { accepts: ['text'] } as const;

/** A node whose agent reads plain text only, was asked at 0, answered, and has said this. */
function textOnlyNode(said = 'ALIVE'): NodeUnderTest {
  const node = nodeUnderTest();
  node.at(0, { kind: 'asked' });
  node.hears(0, info('s1', 'retained', { accepts: [...TEXT_ONLY.accepts] }));
  node.hears(0, status(said, 'retained'));
  node.hears(5, heartbeat('s1', 0));
  return node;
}

const newSession = (node: NodeUnderTest, now: number, session: string): string[] =>
  node.hears(now, info(session, 'live', { accepts: [...TEXT_ONLY.accepts] }));

describe('an agent that reads plain text only', () => {
  it('is asked by a ping of its own, at once and then every second, until it beats', () => {
    const node = nodeUnderTest();
    node.at(0, { kind: 'asked' });
    expect(node.hears(100, info('s1', 'retained', { accepts: ['text'] }))).toEqual([
      'silent: it has an INFO but does not answer',
      '→ text _ping',
    ]);
    expect(node.runUntil(3000)).toEqual(['→ text _ping', '→ text _ping']);
    expect(node.hears(3050, heartbeat('s1', 0))).toEqual(['alive']);
    expect(node.runUntil(10_000)).toEqual([]);
  });

  it('is asked before its silence counts, and lost after it', () => {
    const node = textOnlyNode();
    expect(node.runUntil(25_000)).toContain('→ text _ping');
    node.hears(25_000, heartbeat('s1', 0));
    expect(node.machine.state).toBe('alive');
    expect(node.runUntil(70_000)).toContain('lost: nothing was heard of it for 40s');
  });

  it('gets plain text without ping or lease, and the PUBACK ends it', () => {
    const node = textOnlyNode();
    const { command, did } = node.send(10, 'START "a b"');
    expect(did).toEqual(['START "a b" sent', '→ text START "a b"']);
    expect(node.at(20, { kind: 'published', command })).toEqual(['START "a b" ok']);
    expect(node.machine).toMatchObject({ isHeld: false, hasWork: true, lease: null, readsTextOnly: true });
  });

  it('gets the next one when the last was reported, whatever its verb, and STOP at once', () => {
    const node = textOnlyNode();
    node.send(10, 'MEASURE');
    expect(node.send(20, 'START').did).toEqual([]);
    expect(node.machine.whyWaiting).toMatch(/sent one command at a time, and MEASURE has not been reported/);
    expect(node.hears(30, status('MEASURE-DONE', 'live'))).toEqual([
      'MEASURE ok',
      'says MEASURE-DONE',
      'START sent',
      '→ text START',
    ]);
    expect(node.send(40, 'STOP').did).toEqual(['STOP sent', '→ text STOP']);
    expect(node.send(50, 'START').did).toEqual([]);
    expect(node.hears(60, status('STOPPED', 'live'))).toContain('→ text START');
  });

  it('keeps a command that was not reported no longer than the ack time-out', () => {
    const node = textOnlyNode();
    const { command } = node.send(0, 'START 600');
    node.at(1, { kind: 'published', command });
    node.send(10, 'MEASURE');
    node.hears(9000, heartbeat('s1', 0));
    expect(node.runUntil(10_010)).toEqual([
      'MEASURE not-delivered: it reads plain text only and is sent one command at a time, and START 600 has not been reported',
    ]);
  });

  it('has its work stopped by STOPPED, but not by that of a part', () => {
    const node = textOnlyNode();
    node.at(15, { kind: 'published', command: node.send(10, 'START').command });
    node.hears(20, status('STARTED', 'live'));
    node.at(35, { kind: 'published', command: node.send(30, 'STOP 5201').command });
    node.hears(40, status('STOPPED', 'live'));
    expect(node.machine.hasWork).toBe(true);
    node.at(55, { kind: 'published', command: node.send(50, 'STOP').command });
    node.hears(60, status('STOPPED', 'live'));
    expect(node.machine.hasWork).toBe(false);
  });
});

describe('a wait for an agent that reads plain text only', () => {
  it.each([
    ['ALIVE', 'met'],
    ['STARTED', 'met'],
    ['STOPPED', 'met'],
    ['FAILED INIT 3', 'hopeless'],
    ['OFFLINE s0', 'pending'],
    ['TERMINATED', 'pending'],
  ])('for ALIVE, where its STATUS is %s: %s', (said, kind) => {
    const node = textOnlyNode(said);
    expect(judgeWait(node.machine, ['ALIVE'], undefined).kind).toBe(kind);
  });

  it('for ALIVE needs a heartbeat and a status of the new session', () => {
    const node = textOnlyNode('STARTED');
    node.hears(50, status('OFFLINE s1', 'live'));
    expect(judgeWait(node.machine, ['ALIVE'], undefined).kind).toBe('pending');
    newSession(node, 100, 's2');
    expect(judgeWait(node.machine, ['ALIVE'], undefined)).toEqual({
      kind: 'pending',
      reason: 'its initFunction is still running',
    });
    node.hears(110, status('ALIVE', 'live'));
    expect(judgeWait(node.machine, ['ALIVE'], undefined).kind).toBe('met');
  });

  it('without a SEND before it takes the present status', () => {
    const node = textOnlyNode('STARTED');
    expect(judgeWait(node.machine, ['STARTED'], undefined).kind).toBe('met');
    expect(judgeWait(node.machine, ['STOPPED'], undefined).kind).toBe('pending');
  });

  it('is met by what is said after the SEND, and by nothing older', () => {
    const node = textOnlyNode('STARTED');
    const { command } = node.send(10, 'START');
    expect(judgeWait(node.machine, ['STARTED'], command).kind).toBe('pending');
    node.hears(20, status('RECEIVED START', 'live'));
    expect(judgeWait(node.machine, ['STARTED'], command).kind).toBe('pending');
    node.hears(30, status('STARTED', 'live'));
    expect(judgeWait(node.machine, ['STARTED'], command).kind).toBe('met');
  });

  it.each([
    ['START', 'FAILED START 7', 'START failed: FAILED START 7'],
    [
      'SENDFILE a b 1',
      'FAILED SENDFILE: there is no file a',
      'SENDFILE a b 1 failed: FAILED SENDFILE: there is no file a',
    ],
  ])('is in vain when %s failed', (text, said, reason) => {
    const node = textOnlyNode();
    const { command } = node.send(10, text);
    node.at(15, { kind: 'published', command });
    node.hears(20, status(said, 'live'));
    expect(judgeWait(node.machine, ['STARTED'], command)).toMatchObject({ kind: 'hopeless', reason });
    expect(judgeWait(node.machine, ['FAILED'], command).kind).toBe('met');
  });

  it('is not met by a status that is only said again after an outage of either side', () => {
    const node = textOnlyNode();
    node.send(10, 'START');
    node.hears(20, status('STARTED', 'live'));
    node.hears(1000, status('OFFLINE s1', 'live'));
    const { command } = node.send(1100, 'START');
    node.hears(1200, info('s1', 'live', { accepts: ['text'] }));
    node.hears(1210, status('STARTED', 'live'));
    expect(judgeWait(node.machine, ['STARTED'], command).kind).toBe('pending');
    node.hears(1300, status('STARTED', 'live'));
    expect(judgeWait(node.machine, ['STARTED'], command).kind).toBe('met');

    const again = node.send(1400, 'START').command;
    node.at(1500, { kind: 'disconnected' });
    node.at(2500, { kind: 'connected' });
    node.hears(2600, status('STARTED', 'retained'));
    expect(judgeWait(node.machine, ['STARTED'], again).kind).toBe('pending');
  });

  it('is met by what was said during an outage of ours, and is retained now', () => {
    const node = textOnlyNode();
    const { command } = node.send(10, 'START');
    node.at(20, { kind: 'disconnected' });
    node.at(1000, { kind: 'connected' });
    node.hears(1010, status('STARTED', 'retained'));
    expect(judgeWait(node.machine, ['STARTED'], command).kind).toBe('met');
  });

  it('is in vain when the agent was started again, lost, or has terminated', () => {
    const restarted = textOnlyNode();
    const { command } = restarted.send(10, 'START');
    newSession(restarted, 100, 's2');
    restarted.hears(110, status('STARTED', 'live'));
    expect(judgeWait(restarted.machine, ['STARTED'], command)).toMatchObject({
      kind: 'hopeless',
      reason: expect.stringMatching(/started again/),
    });

    const gone = textOnlyNode();
    const end = gone.send(10, 'TERMINATE').command;
    gone.hears(20, status('TERMINATED', 'live'));
    gone.hears(30, infoCleared);
    expect(judgeWait(gone.machine, ['TERMINATED'], end).kind).toBe('met');
    expect(judgeWait(gone.machine, ['STARTED'], end).kind).toBe('hopeless');

    const lost = textOnlyNode();
    const start = lost.send(10, 'START').command;
    lost.at(15, { kind: 'published', command: start });
    lost.runUntil(60_000);
    expect(judgeWait(lost.machine, ['STARTED'], start)).toMatchObject({
      kind: 'hopeless',
      reason: expect.stringMatching(/lost/),
    });
  });
});
