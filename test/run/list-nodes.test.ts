import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/index.ts';
import { createControlChannel } from '../../src/channel/index.ts';
import { type ListedNode, listNodes } from '../../src/run/index.ts';
import { createLab, type Lab, ROOT } from './lab.ts';

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

async function list(signal = new AbortController().signal): Promise<readonly ListedNode[]> {
  const { broker, clock } = lab;
  const transport = broker.connect({ clientId: 'list', clock });
  const listing = listNodes({
    channel: createControlChannel({ transport, root: ROOT, clock, logger: silentLogger, ttlMs: 30_000 }),
    clock,
    logger: silentLogger,
    broker: 'memory',
    connectTimeoutMs: 10_000,
    answerMs: 2500,
    signal,
  });
  listing.catch(() => {});
  await clock.advance(12_000);
  return listing;
}

describe('listNodes', () => {
  it('knows everybody who answers or has left something behind, by name', async () => {
    lab.agent('node10', undefined, ['clients']);
    lab.agent('node2');
    const dead = lab.agent('node3');
    lab.legacyAgent('router', 'STARTED');
    await lab.clock.advance(5000);
    dead.kill();
    await lab.clock.advance(1000);
    const nodes = await list();
    expect(nodes.map(({ node, state }) => `${node} ${state}`)).toEqual([
      'node2 alive',
      'node3 silent',
      'node10 alive',
      'router legacy',
    ]);
    expect(nodes[2]).toMatchObject({ version: 'test', groups: ['clients'], lease: null });
    expect(nodes[2]?.ageMs).toBeGreaterThanOrEqual(0);
    expect(nodes[3]).toMatchObject({ version: undefined, session: undefined, ageMs: undefined, groups: [] });
  });

  it('says whose a node is', async () => {
    lab.agent('node1', { startFunction: { takesMs: 60_000 } });
    const run = lab.run('SEND node1 START');
    await run.until('command-acknowledged');
    expect(await list()).toMatchObject([{ node: 'node1', lease: { owner: 'user1@lab' } }]);
    await run.end();
  });

  it('is empty where nobody is, and leaves nothing behind', async () => {
    expect(await list()).toEqual([]);
    expect(lab.clock.pendingTimers()).toBe(0);
    expect(lab.broker.connectedClients).toBe(0);
  });

  it('needs a broker', async () => {
    lab.broker.stop();
    await expect(list()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
    expect(lab.clock.pendingTimers()).toBe(0);
  });

  it('can be interrupted', async () => {
    const interruption = new AbortController();
    const reason = new Error('interrupted');
    interruption.abort(reason);
    await expect(list(interruption.signal)).rejects.toBe(reason);
    expect(lab.broker.connectedClients).toBe(0);
  });
});
