import { describe, expect, it } from 'vitest';
import type { ReplyOf } from '../../../src/protocol/index.ts';
import type { Command } from '../../../src/run/node/command.ts';
import { createPortWatch, type PortWatch } from '../../../src/run/node/port-watch.ts';
import { judgeProbe } from '../../../src/run/node/probe-rule.ts';
import {
  accepted,
  heldNode,
  info,
  infoCleared,
  infoOf,
  type NodeUnderTest,
  nodeUnderTest,
  result,
  status,
  statusReply,
} from './node-fixture.ts';

/** A node that was sent `START 5201`, its PROBE under way since the moment 100, and what it does about that. */
function watched() {
  const { node, command } = heldNode();
  node.says(10, 's1', 2, accepted(command.id));
  const watch = createPortWatch(5201);
  return { node, command, watch, did: node.at(100, { kind: 'watch-port', watch }) };
}

/** The same with an agent that does not know `_probe`. */
function watchedOld() {
  const node = nodeUnderTest();
  node.at(0, { kind: 'asked' });
  node.reports(0, 's1', 0, { info: infoOf('s1', { accepts: ['text', 'envelope'] }) });
  const watch = createPortWatch(5201);
  return { node, watch, did: node.at(100, { kind: 'watch-port', watch }) };
}

type Answer = Pick<ReplyOf<'probed'>, 'state' | 'addresses' | 'reason'>;
const answer = (node: NodeUnderTest, now: number, said: Answer): string[] =>
  node.says(now, 's1', 2, { kind: 'probed', id: node.idOf('_probe'), ...said });

/** The judgement in words. */
function judge(node: NodeUnderTest, watch: PortWatch, command: Command | undefined): string {
  const judgement = judgeProbe(node.machine, watch, command);
  if (judgement.kind === 'met') return 'met';
  return `${judgement.kind === 'pending' ? 'pending' : judgement.verdict}: ${judgement.reason}`;
}

const ASK_FIRST = '→ _probe tcp 5201 0';
const ASK = '→ _probe tcp 5201 1000';

describe('an agent is asked for a port', () => {
  it('at once, and no more when it listens', () => {
    const { node, command, watch, did } = watched();
    expect(did).toEqual([ASK_FIRST]);
    expect(answer(node, 120, { state: 'listening', addresses: ['0.0.0.0', '::'] })).toEqual([]);
    expect(judge(node, watch, command)).toBe('met');
    expect(node.runUntil(10_000)).toEqual([]);
  });

  it('again when nothing listens, once a second however soon it answers', () => {
    const { node } = watched();
    expect(answer(node, 120, { state: 'closed' })).toEqual([ASK]);
    answer(node, 140, { state: 'closed' });
    expect(node.runUntil(1119)).toEqual([]);
    expect(node.tick(1120)).toEqual([ASK]);
    expect(answer(node, 2130, { state: 'closed' })).toEqual([ASK]);
  });

  it('again when the answer is overdue', () => {
    const { node } = watched();
    expect(node.runUntil(2099)).toEqual([]);
    expect(node.tick(2100)).toEqual([ASK_FIRST]);
  });

  it('no more once the PROBE has ended', () => {
    const { node, watch } = watched();
    const { size } = node.machine;
    node.at(110, { kind: 'end-watch', watch });
    expect(node.machine.size).toBe(size - 1);
    expect(node.runUntil(10_000)).toEqual([]);
  });

  it('at once when either side comes back', () => {
    const { node } = watched();
    expect(node.hears(200, info('s1', 'live'))).toContain(ASK_FIRST);
    answer(node, 210, { state: 'closed' });
    node.at(300, { kind: 'disconnected' });
    expect(node.at(5000, { kind: 'connected' })).toContain(ASK);
  });

  it('when it is there at last', () => {
    const node = nodeUnderTest();
    const watch = createPortWatch(5201);
    node.at(0, { kind: 'asked' });
    expect(node.at(0, { kind: 'watch-port', watch })).toEqual([]);
    expect(judge(node, watch, undefined)).toBe('pending: it has not been heard of');
    expect(node.reports(500, 's1', 0)).toContain(ASK_FIRST);
  });

  it('not when it is too old to answer', () => {
    expect(watchedOld().did).toEqual([]);
  });

  it('each for its own, when there are several', () => {
    const { node, watch, command } = watched();
    const [first, second] = [node.idOf('_probe'), createPortWatch(5202)];
    expect(node.at(110, { kind: 'watch-port', watch: second })).toEqual(['→ _probe tcp 5202 0']);
    node.says(120, 's1', 2, { kind: 'probed', id: first, state: 'listening', addresses: ['::'] });
    expect(judge(node, watch, command)).toBe('met');
    expect(judge(node, second, command)).toMatch('it has not said yet whether TCP port 5202 listens');
  });
});

describe('a port that nobody else reaches', () => {
  const only = (addresses: string[]): string[] =>
    answer(watched().node, 120, { state: 'listening', addresses });

  it.each([[['127.0.0.1']], [['::1', '127.0.1.1']]])('on %j is met with a warning', (addresses) => {
    const where = addresses.join(', ');
    expect(only(addresses)).toEqual([
      `warning: TCP port 5201 listens on ${where} only: no other machine reaches it`,
    ]);
  });

  it.each([[['0.0.0.0']], [['127.0.0.1', '10.0.0.1']], [['*']], [[]]])('is not one on %j', (addresses) => {
    expect(only(addresses)).toEqual([]);
  });
});

describe('a PROBE', () => {
  it('waits, and says what is known', () => {
    const { node, command, watch } = watched();
    expect(judge(node, watch, command)).toBe('pending: it has not said yet whether TCP port 5201 listens');
    answer(node, 120, { state: 'closed' });
    expect(judge(node, watch, command)).toBe(
      'pending: nothing listens on its TCP port 5201; START 5201 is under way',
    );
    expect(judge(node, watch, undefined)).toBe('pending: nothing listens on its TCP port 5201');
    node.says(130, 's1', 3, statusReply('STARTED', command.id));
    node.says(140, 's1', 4, result(command.id, 'ok'));
    expect(judge(node, watch, command)).toBe(
      'pending: nothing listens on its TCP port 5201; its START 5201 has said STARTED',
    );
    node.hears(150, status('OFFLINE s1', 'live'));
    expect(judge(node, watch, command)).toMatch(/^pending: /);
  });

  it('fails as soon as the command that was to make it listen has failed', () => {
    const { node, command, watch } = watched();
    answer(node, 120, { state: 'closed' });
    node.says(130, 's1', 3, result(command.id, 'failed', { code: 1, stderr: 'address in use' }));
    expect(judge(node, watch, command)).toBe('failed: START 5201 failed: address in use');
  });

  it('goes on where that failure was waited for', () => {
    const { node, command, watch } = watched();
    node.says(130, 's1', 3, result(command.id, 'failed', { code: 1 }));
    command.failureExpected = true;
    expect(judge(node, watch, command)).toMatch(/^pending: /);
  });

  it('goes on after a STOP, whatever became of it', () => {
    const { node, watch } = watched();
    const { command } = node.send(110, 'STOP');
    node.says(120, 's1', 3, result(command.id, 'failed', { code: 1 }));
    answer(node, 130, { state: 'listening', addresses: ['::'] });
    expect(judge(node, watch, command)).toBe('met');
  });

  it('fails when the node is lost', () => {
    const { node, watch } = watched();
    node.hears(200, status('OFFLINE s1', 'live'));
    node.runUntil(60_000);
    expect(judge(node, watch, undefined)).toBe(
      'unreachable: it was lost: the broker said OFFLINE and it did not come back',
    );
  });

  it('fails when the agent was started again meanwhile, or after the command', () => {
    const { node, command, watch } = watched();
    node.reports(200, 's2', 0);
    expect(judge(node, watch, undefined)).toBe(
      'unreachable: the agent was started again while its TCP port 5201 was waited for',
    );
    expect(judge(node, createPortWatch(5201), { ...command, end: 'ok' })).toBe(
      'unreachable: the agent was started again after START 5201',
    );
  });

  it('passes in a new session when that was asked for', () => {
    const { node } = watched();
    const { command } = node.send(110, 'TERMINATE');
    node.reports(200, 's2', 0);
    const watch = createPortWatch(22);
    node.at(210, { kind: 'watch-port', watch });
    node.says(220, 's2', 0, { kind: 'probed', id: node.idOf('_probe'), state: 'listening' });
    expect(judge(node, watch, command)).toBe('met');
  });

  it('fails when the agent has terminated', () => {
    const { node, watch } = watched();
    node.hears(200, infoCleared);
    expect(judge(node, watch, undefined)).toBe('failed: it has terminated');
  });

  it('fails where the agent is older, legacy, or cannot tell, and says what to do', () => {
    const old = watchedOld();
    expect(judge(old.node, old.watch, undefined)).toBe(
      'failed: its agent, version 1.0.0, does not know PROBE: install this version there, or, instead of PROBE, ' +
        'let its script say when it is ready (wait_port) and WAITFOR that',
    );
    const legacy = nodeUnderTest();
    legacy.hears(0, status('ALIVE', 'retained'));
    legacy.at(0, { kind: 'asked' });
    legacy.runUntil(2000);
    expect(judge(legacy, createPortWatch(5201), undefined)).toMatch(
      /^failed: it is a legacy agent, which cannot be probed: instead/,
    );
    const { node, command, watch } = watched();
    answer(node, 120, { state: 'unknown', reason: 'no table' });
    expect(judge(node, watch, command)).toMatch(
      /^failed: its agent cannot tell what listens there \(no table\): instead/,
    );
    expect(node.runUntil(10_000)).toEqual([]);
  });
});
