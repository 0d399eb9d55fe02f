import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/index.ts';
import { createControlChannel } from '../../src/channel/index.ts';
import { findStrays, type Stray, type StrayReport } from '../../src/run/index.ts';
import type { NodeScript } from '../support/scripted-agent.ts';
import { createLab, type Lab, ROOT } from './lab.ts';

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

const SCRIPT: NodeScript = {
  startFunction: { leaves: ['sleep (7)'] },
  waitFunction: { takesMs: Number.POSITIVE_INFINITY },
  stopFunction: { takesMs: 20 },
};

async function find(stop = false, meanwhile = (): void => {}): Promise<StrayReport> {
  const { broker, clock } = lab;
  const transport = broker.connect({ clientId: `strays-${Math.random()}`, clock });
  let isDone = false;
  const finding = findStrays(
    {
      channel: createControlChannel({ transport, root: ROOT, clock, logger: silentLogger, ttlMs: 30_000 }),
      clock,
      logger: silentLogger,
      broker: 'memory',
      connectTimeoutMs: 10_000,
      answerMs: 2500,
      signal: new AbortController().signal,
    },
    { stop },
  ).finally(() => {
    isDone = true;
  });
  await clock.advance(2400);
  meanwhile();
  while (!isDone) await clock.advance(100);
  return finding;
}

const tell = (stray: Stray): string =>
  stray.kind === 'work'
    ? `${stray.node} ${stray.work.text} ${stray.work.origin.kind} ${stray.work.processes.join(' ')}`.trim()
    : `${stray.node} dead, by ${stray.foundBy}: ${stray.leftover.processes.join(' ')}`;

describe('findStrays', () => {
  it('lists what no live run holds, and whose it was', async () => {
    lab.agent('node1', SCRIPT);
    lab.agent('node2', SCRIPT);
    lab.agent('node3', SCRIPT);
    await lab.run('SEND node1 START a\nWAITFOR node1 STARTED').end();
    await lab.run('SEND node2 START b', { holdLease: false }).end();
    const live = lab.run('SEND node3 START c\nWAITFOR node3 STARTED\nWAIT 600');
    await live.until('step-finished', ({ step }) => step.index === 1);

    const report = await find();
    expect(report.found.map(tell)).toEqual(['node1 START a run sleep (7)', 'node2 START b send sleep (7)']);
    expect(report.found[0]).toMatchObject({
      work: { origin: { owner: 'user1@lab', releasedMs: expect.any(Number) }, running: false },
    });
    expect(report.held).toMatchObject([{ node: 'node3', lease: { owner: 'user3@lab' } }]);
    expect(report).toMatchObject({ ended: [], unlisted: [], unknown: [], isEmpty: false });
    live.interrupt();
    await live.end();
  });

  it('ends it by a STOP, and nothing of a live run, nor any agent', async () => {
    const stray = lab.agent('node1', SCRIPT);
    const held = lab.agent('node2', SCRIPT);
    await lab.run('SEND node1 START a\nWAITFOR node1 STARTED').end();
    const live = lab.run('SEND node2 START b\nWAITFOR node2 STARTED\nWAIT 600');
    await live.until('step-finished', ({ step }) => step.index === 1);

    const report = await find(true);
    expect(report.ended.map(tell)).toEqual(['node1 START a run sleep (7)']);
    expect(report.found).toEqual([]);
    expect(stray.calls).toEqual(['startFunction a', 'stopFunction']);
    expect(held.calls).toEqual(['startFunction b']);

    const again = await find(true);
    expect(again).toMatchObject({ ended: [], found: [], unknown: [] });
    expect(stray.calls).toHaveLength(2);
    live.interrupt();
    await live.end();
  });

  it('counts what waits, and cancels it', async () => {
    lab.agent('node1', SCRIPT);
    const waiting = lab.run('SEND node1 WAIT\nSEND node1 WAIT\nSEND node1 WAIT', { holdLease: false });
    await waiting.until('step-finished', ({ step }) => step.index === 2);
    const report = await find();
    expect(report.found.map(tell)).toEqual(['node1 WAIT send']);
    expect(report.unlisted).toEqual([{ node: 'node1', commands: 2 }]);
    expect(await find(true)).toMatchObject({ found: [], unlisted: [{ node: 'node1', commands: 2 }] });
    expect(await waiting.end()).toBe('failed');
  });

  it('tells of a dead agent once, however many of its machine know of it', async () => {
    const leftovers = [{ session: 's7', node: 'node7', processes: ['nc (9)'] }];
    for (const node of ['node1', 'node2']) lab.agent(node, SCRIPT, [], leftovers);
    await lab.clock.advance(1000);
    expect((await find()).found.map(tell)).toEqual(['node7 dead, by node1: nc (9)']);
    const report = await find(true);
    expect(report.ended.map(tell)).toEqual(['node7 dead, by node1: nc (9)']);
    expect(report.found).toEqual([]);
  });

  it('names everybody of whom nothing is known, and says why', async () => {
    const killed = lab.agent('node1', SCRIPT);
    const frozen = lab.agent('node2', SCRIPT);
    const late = lab.agent('node3', SCRIPT);
    const over = lab.agent('node4', SCRIPT);
    lab.legacyAgent('router', 'STARTED');
    await lab.clock.advance(1000);
    killed.kill();
    frozen.freeze();
    await lab.run('SEND node4 TERMINATE').end();
    await over.ended;
    const { unknown, found } = await find(false, () => late.freeze());
    expect(found).toEqual([]);
    expect(unknown).toEqual([
      { node: 'node1', reason: 'its agent is gone (OFFLINE)', wasAsked: false },
      { node: 'node2', reason: 'it has an INFO but does not answer', wasAsked: true },
      { node: 'node3', reason: 'it did not answer within 5s', wasAsked: true },
      { node: 'router', reason: 'an agent of the original kind, which cannot be asked', wasAsked: false },
    ]);
  });

  it('never asks an agent that does not know the question', async () => {
    const transport = lab.broker.connect({ clientId: 'old', clock: lab.clock });
    const heard: string[] = [];
    const say = (kind: string, message: object): void =>
      void transport.publish(`${ROOT}/old/${kind}`, JSON.stringify(message), { qos: 1 });
    const info = {
      v: 1,
      node: 'old',
      session: 's1',
      version: '0.0.9',
      accepts: ['text', 'envelope'],
      groups: [],
      heartbeatMs: 15_000,
      platform: 'test',
    };
    transport.open([`${ROOT}/old/COMMAND`, `${ROOT}/_all/COMMAND`], {
      onMessage({ payload }) {
        const { id, verb } = JSON.parse(new TextDecoder().decode(payload));
        heard.push(verb);
        const head = { v: 1, session: 's1', seq: 1, kind: 'report', id };
        say('REPLY', { ...head, info, status: 'ALIVE', lease: null, forgotten: 0, unfinished: [] });
      },
      onConnection: () => {},
    });
    await lab.clock.advance(1000);
    const { unknown } = await find(true);
    expect(unknown).toEqual([
      { node: 'old', reason: 'its agent, version 0.0.9, does not know the question', wasAsked: false },
    ]);
    expect(new Set(heard)).toEqual(new Set(['_report']));
    await transport.close();
  });

  it('is empty where nobody is', async () => {
    expect(await find()).toMatchObject({ found: [], unknown: [], isEmpty: true });
    expect(lab.clock.pendingTimers()).toBe(0);
  });
});
