import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { createMemoryBroker } from '../../src/transport/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createInbox } from '../support/inbox.ts';
import { testTransportContract } from './contract.ts';

testTransportContract('memory', async () => {
  const broker = createMemoryBroker();
  return {
    connect: ({ clientId, will }) => ({
      transport: broker.connect({
        clientId,
        will,
        clock: systemClock,
        backoff: { firstMs: [10, 20], maxMs: 100 },
      }),
      freeze: () => broker.freeze(clientId),
      cut: () => broker.drop(clientId),
    }),
    async restart() {
      broker.stop();
      broker.start();
    },
    async stop() {},
  };
});

describe('createMemoryBroker', () => {
  const clock = createFakeClock();

  it('lets a killed client fall silent: its will is published, and it notices nothing', async () => {
    const broker = createMemoryBroker();
    const watcher = createInbox();
    const agent = createInbox();
    broker.connect({ clientId: 'watcher', clock }).open(['#'], watcher);
    const transport = broker.connect({
      clientId: 'agent',
      clock,
      will: { topic: 'will', payload: 'OFFLINE' },
    });
    transport.open(['#'], agent);
    await clock.advance(0);
    broker.kill('agent');
    const publishing = expect(transport.publish('x', 'from the dead', { qos: 1 })).rejects.toThrow(
      /did not confirm/,
    );
    await clock.advance(10_000);
    await publishing;
    expect(watcher.texts()).toEqual(['OFFLINE']);
    expect(agent.texts()).toEqual([]);
    expect(agent.events).toEqual([{ kind: 'connected', reconnected: false }]);
  });

  it('publishes no wills when it stops, and forgets what was retained', async () => {
    const broker = createMemoryBroker();
    const watcher = createInbox();
    broker.connect({ clientId: 'watcher', clock }).open(['#'], watcher);
    const transport = broker.connect({
      clientId: 'agent',
      clock,
      will: { topic: 'will', payload: 'OFFLINE' },
    });
    transport.open([], createInbox());
    await clock.advance(0);
    await transport.publish('x', 'kept', { qos: 1, retain: true });
    broker.stop();
    expect(broker.connectedClients).toBe(0);
    broker.start();
    await clock.advance(500);
    expect(broker.connectedClients).toBe(2);
    expect(watcher.texts()).toEqual(['kept']);
  });

  it('copies what is published', async () => {
    const broker = createMemoryBroker();
    const inbox = createInbox();
    const transport = broker.connect({ clientId: 'a', clock });
    transport.open(['x'], inbox);
    await clock.advance(0);
    const bytes = new Uint8Array([1, 2]);
    const publishing = transport.publish('x', bytes, { qos: 1 });
    bytes.fill(9);
    await publishing;
    expect([...(inbox.messages[0]?.payload ?? [])]).toEqual([1, 2]);
  });

  it('says which client it does not know', () => {
    expect(() => createMemoryBroker().kill('nobody')).toThrow('no client nobody is connected');
  });
});
