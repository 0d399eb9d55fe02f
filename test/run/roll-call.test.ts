import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLab, type Lab } from './lab.ts';

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

describe('the nodes of a run', () => {
  it('are for * all agents that answer the roll call, and stay so', async () => {
    const agents = ['node3', 'node1', 'node2'].map((node) => lab.agent(node));
    const run = lab.run('SEND * START\nWAIT 5s\nSEND * STOP');
    await run.until('nodes-resolved');
    const late = lab.agent('node4');
    expect(await run.end()).toBe('passed');
    expect(run.all('nodes-resolved')).toMatchObject([
      { expression: '*', nodes: ['node1', 'node2', 'node3'] },
    ]);
    for (const agent of agents) expect(agent.calls).toEqual(['startFunction', 'stopFunction']);
    expect(late.calls).toEqual([]);
    expect(run.all('node-changed').map(({ node }) => node)).not.toContain('node4');
  });

  it('are for a group those who say that they belong to it', async () => {
    const member = lab.agent('node1', undefined, ['clients']);
    const both = lab.agent('node2', undefined, ['clients', 'servers']);
    const other = lab.agent('node3', undefined, ['servers']);
    const run = lab.run('SEND @clients START');
    expect(await run.end()).toBe('passed');
    expect(run.all('nodes-resolved')).toMatchObject([{ expression: '@clients', nodes: ['node1', 'node2'] }]);
    expect([member, both, other].map(({ calls }) => calls.length)).toEqual([1, 1, 0]);
  });

  it('never shrink: one that is lost afterwards is missed', async () => {
    const agent = lab.agent('node1');
    lab.agent('node2');
    const run = lab.run('WAITFOR * ALIVE\nWAIT 5s\nSEND * START\nWAITFOR * STARTED');
    await run.until('step-started', ({ step }) => step.index === 1);
    agent.kill();
    expect(await run.end()).toBe('unreachable');
    const { problems } = await run.until('run-finished');
    expect(problems).toMatchObject([{ node: 'node1' }]);
  });

  it('are counted with legacy agents', async () => {
    const legacy = lab.legacyAgent('node1', 'ALIVE');
    const run = lab.run('SEND * START');
    expect(await run.end()).toBe('passed');
    expect(legacy.received).toEqual(['START']);
  });

  it('do not include what only left something behind', async () => {
    const agent = lab.agent('node1');
    await lab.clock.advance(5000);
    agent.kill();
    await expect(lab.run('SEND * START').end()).rejects.toMatchObject({ code: 'NO_NODES' });
  });

  it('do not include whoever has an INFO and does not answer, and that is said', async () => {
    lab.agent('node1');
    const mute = lab.agent('node2');
    await lab.clock.advance(1000);
    mute.freeze();
    const run = lab.run('SEND * START');
    expect(await run.end()).toBe('passed');
    expect(run.all('nodes-resolved')).toMatchObject([{ expression: '*', nodes: ['node1'] }]);
    expect(run.all('warning-given')).toMatchObject([
      { message: expect.stringMatching(/nobody answered: node2$/) },
    ]);
  });

  it('are waited for a little longer when an INFO stands there', async () => {
    lab.agent('node1');
    const slow = lab.agent('node2');
    await lab.clock.advance(1000);
    slow.drop();
    const run = lab.run('SEND * START');
    expect(await run.end()).toBe('passed');
    expect(run.all('nodes-resolved')).toMatchObject([{ nodes: ['node1', 'node2'] }]);
    expect(run.all('warning-given')).toEqual([]);
  });

  it.each([
    ['SEND * START', /no agent answered the roll call/],
    ['SEND @clients START', /no agent of the group @clients answered the roll call/],
  ])('must not be nobody: %s', async (playbook, message) => {
    const run = lab.run(playbook);
    await expect(run.end()).rejects.toMatchObject({
      code: 'NO_NODES',
      message: expect.stringMatching(message),
    });
    expect(lab.clock.pendingTimers()).toBe(0);
    expect(lab.broker.connectedClients).toBe(0);
  });
});

describe('a legacy agent', () => {
  it('is spoken to in plain text, and judged by its STATUS', async () => {
    const legacy = lab.legacyAgent('node1', 'ALIVE');
    const run = lab.run(
      'WAITFOR node1 ALIVE\nSEND node1 START "a b"\nWAITFOR node1 STARTED\nSEND node1 STOP\nWAITFOR node1 STOPPED',
    );
    await run.until('step-started', ({ step }) => step.index === 2);
    legacy.says('STARTED');
    await run.until('step-started', ({ step }) => step.index === 4);
    legacy.says('STOPPED');
    expect(await run.end()).toBe('passed');
    expect(legacy.received).toEqual(['START "a b"', 'STOP']);
    expect(run.all('node-changed')).toMatchObject([{ state: 'legacy' }]);
  });

  it('passes no wait with what it said last week', async () => {
    lab.legacyAgent('node1', 'STARTED');
    await lab.clock.advance(0);
    const run = lab.run('WAITFOR node1 STARTED TIMEOUT 10s');
    expect(await run.end()).toBe('timed-out');
  });

  it('does not make the run wait for results that it cannot give', async () => {
    lab.legacyAgent('node1', 'ALIVE');
    const run = lab.run('SEND node1 START');
    expect(await run.end()).toBe('passed');
    expect(run.events.at(-1)?.elapsedMs).toBeLessThan(4000);
  });
});
