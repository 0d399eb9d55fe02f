import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createMemoryBroker,
  type MemoryBroker,
  type ReconnectOptions,
  type Transport,
} from '../../src/transport/index.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createInbox, type Inbox } from '../support/inbox.ts';

const QOS_1 = { qos: 1 } as const;

describe('keeping a connection up', () => {
  let clock: FakeClock;
  let broker: MemoryBroker;
  let transport: Transport;
  let inbox: Inbox;

  beforeEach(() => {
    clock = createFakeClock();
    broker = createMemoryBroker();
    inbox = createInbox();
  });
  afterEach(() => transport.close());

  function open(options: Partial<ReconnectOptions> = {}): { readonly failedAtMs: number[] } {
    const failedAtMs: number[] = [];
    transport = broker.connect({ clientId: 'a', clock, random: () => 0, ...options });
    transport.open(['x'], {
      onMessage: inbox.onMessage,
      onConnection(event) {
        inbox.onConnection(event);
        if (event.kind === 'attempt-failed') failedAtMs.push(clock.now());
      },
    });
    return { failedAtMs };
  }

  it.each([
    { random: 0, times: [0, 250, 750, 1750, 3750, 6250, 8750] },
    { random: 0.5, times: [0, 375, 1125, 2625, 5625, 9375, 13_125] },
  ])(
    'tries at once, then after waits that double up to the longest (random $random)',
    async ({ random, times }) => {
      broker.stop();
      const { failedAtMs } = open({ random: () => random });
      await clock.advance(14_000);
      expect(failedAtMs.slice(0, times.length)).toEqual(times);
    },
  );

  it('begins with the short wait again after every loss, and doubles from there', async () => {
    broker.stop();
    const { failedAtMs } = open();
    await clock.advance(4000);
    broker.start();
    await clock.advance(2250);
    expect(inbox.events.at(-1)).toEqual({ kind: 'connected', reconnected: false });

    await clock.advance(1000);
    const lostAtMs = clock.now();
    failedAtMs.length = 0;
    broker.stop();
    await clock.advance(2000);
    expect(failedAtMs.map((ms) => ms - lostAtMs)).toEqual([250, 750, 1750]);
  });

  it('tries ever more rarely, too, where the broker takes it and throws it out at once', async () => {
    open();
    const dropAtOnce = async (): Promise<void> => {
      for (const since = clock.now(); clock.now() - since < 60_000; await clock.advance(50))
        if (transport.connected) broker.drop('a');
    };
    await dropAtOnce();
    const connected = inbox.events.filter(({ kind }) => kind === 'connected');
    expect(connected.length).toBeGreaterThan(10);
    expect(connected.length).toBeLessThan(30);

    await clock.advance(5000);
    expect(transport.connected).toBe(true);
    broker.drop('a');
    await clock.advance(500);
    expect(transport.connected).toBe(true);
  });

  it('takes the waits from its options', async () => {
    broker.stop();
    const { failedAtMs } = open({ backoff: { firstMs: [10, 20], maxMs: 50 } });
    await clock.advance(120);
    expect(failedAtMs).toEqual([0, 10, 30, 55, 80, 105]);
  });

  it('is back by itself when the broker is', async () => {
    open();
    await clock.advance(0);
    broker.stop();
    broker.start();
    expect(transport.connected).toBe(false);
    await clock.advance(250);
    expect(transport.connected).toBe(true);
    expect(inbox.events.map(({ kind }) => kind)).toEqual(['connected', 'disconnected', 'connected']);
  });

  it('gives a publish up at its deadline', async () => {
    open({ publishDeadlineMs: 3000 });
    await clock.advance(0);
    broker.freeze('a');
    let problem: unknown;
    transport.publish('x', '1', QOS_1).catch((thrown: unknown) => {
      problem = thrown;
    });
    await clock.advance(2999);
    expect(problem).toBeUndefined();
    await clock.advance(1);
    expect(problem).toMatchObject({
      name: 'PublishError',
      topic: 'x',
      message: 'not published to x: the broker did not confirm it within 3s',
    });
    expect(transport.connected).toBe(true);
  });

  it('never has more in flight than there are packet identifiers', async () => {
    open();
    await clock.advance(0);
    broker.freeze('a');
    const publishes = Array.from({ length: 65_535 }, () => transport.publish('x', '', QOS_1));
    const settled = Promise.allSettled(publishes);
    await expect(transport.publish('x', '', QOS_1)).rejects.toThrow(/65535 messages already wait/);
    await transport.close();
    expect((await settled).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it.each([
    [
      'connected, with a publish in flight',
      async () => void transport.publish('x', '', QOS_1).catch(() => {}),
    ],
    ['waiting for the next attempt', async () => broker.stop()],
    [
      'connecting',
      async () => {
        broker.drop('a');
        await clock.advance(250);
      },
    ],
  ])('leaves no timer behind when closed while %s', async (_, disturb) => {
    open();
    await clock.advance(0);
    await disturb();
    await transport.close();
    expect(clock.pendingTimers()).toBe(0);
  });

  it('may be closed from within its own events', async () => {
    const other = createInbox();
    transport = broker.connect({ clientId: 'b', clock });
    transport.open([], { ...other, onConnection: () => void transport.close() });
    await clock.advance(60_000);
    expect(transport.connected).toBe(false);
    expect(broker.connectedClients).toBe(0);
    expect(clock.pendingTimers()).toBe(0);
  });
});
