import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { createMemoryBroker, type Disturbance } from '../../src/transport/index.ts';
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

  it('lets what is disturbed arrive late, twice, in another order, or never', async () => {
    const clock = createFakeClock();
    const delays: Readonly<Record<string, readonly number[]>> = { late: [200], twice: [50, 150], lost: [] };
    const disturbance: Disturbance = {
      clock,
      arrivals: ({ kind, topic }) => (kind === 'deliver' ? (delays[topic] ?? [0]) : [0]),
    };
    const broker = createMemoryBroker(disturbance);
    const inbox = createInbox();
    const transport = broker.connect({ clientId: 'a', clock });
    transport.open(['#'], inbox);
    await clock.advance(0);
    for (const topic of ['late', 'lost', 'twice', 'prompt'])
      await transport.publish(topic, topic, { qos: 1 });
    await clock.advance(199);
    expect(inbox.texts()).toEqual(['prompt', 'twice', 'twice']);
    await clock.advance(1);
    expect(inbox.texts().at(-1)).toBe('late');
  });

  it('confirms what it has as the disturbance says: late, or never', async () => {
    const clock = createFakeClock();
    const arrivals: Disturbance['arrivals'] = ({ kind, topic }) => {
      if (kind !== 'confirm') return [0];
      return topic === 'late' ? [300] : [];
    };
    const broker = createMemoryBroker({ clock, arrivals });
    const transport = broker.connect({ clientId: 'a', clock });
    transport.open([], createInbox());
    await clock.advance(0);
    const ends: string[] = [];
    void transport.publish('late', '', { qos: 1 }).then(() => ends.push(`late at ${clock.now()}`));
    transport.publish('never', '', { qos: 1 }).catch(() => ends.push(`never, at ${clock.now()}`));
    await clock.advance(10_000);
    expect(ends).toEqual(['late at 300', 'never, at 10000']);
  });
});
