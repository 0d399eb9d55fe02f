import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PublishError, type Transport, type Will } from '../../src/transport/index.ts';
import { createInbox, type Inbox, textOf } from '../support/inbox.ts';

/** A broker to hold the contract against, and the ways to disturb it. */
export interface Rig {
  connect(options: { readonly clientId: string; readonly will?: Will }): Line | Promise<Line>;
  /** The broker goes away, forgets what it retained, and comes back. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** A client and its wire. */
export interface Line {
  readonly transport: Transport;
  /** What is sent from now on gets stuck; nobody notices yet. */
  freeze(): void;
  /** The connection ends abruptly. */
  cut(): void;
}

interface Client extends Line {
  readonly inbox: Inbox;
}

const QOS_1 = { qos: 1 } as const;
const RETAINED = { qos: 1, retain: true } as const;

/** What every transport promises, whatever lies below. */
export function testTransportContract(name: string, startRig: () => Promise<Rig>): void {
  describe(`transport contract: ${name}`, () => {
    let rig: Rig;
    let clients: Client[];

    beforeEach(async () => {
      clients = [];
      rig = await startRig();
    });
    afterEach(async () => {
      await Promise.all(clients.map(({ transport }) => transport.close()));
      await rig.stop();
    });

    async function prepared(clientId: string, will?: Will): Promise<Client> {
      const client = { ...(await rig.connect({ clientId, will })), inbox: createInbox() };
      clients.push(client);
      return client;
    }

    async function connected(
      clientId: string,
      filters: readonly string[] = [],
      will?: Will,
    ): Promise<Client> {
      const client = await prepared(clientId, will);
      client.transport.open(filters, client.inbox);
      await client.inbox.event('connected');
      return client;
    }

    it('announces the connection once everything is subscribed', async () => {
      const { inbox, transport } = await connected('a', ['x/+/y', 'z']);
      expect(inbox.events).toEqual([{ kind: 'connected', reconnected: false }]);
      expect(transport.connected).toBe(true);
    });

    it('delivers what matches a filter, also to the sender, and nothing else', async () => {
      const { inbox, transport } = await connected('a', ['lab/+/STATUS', 'lab/all/#']);
      for (const topic of ['lab/n1/STATUS', 'lab/n1/INFO', 'lab/all', 'lab/all/x/y', 'lab/n1/x/STATUS']) {
        await transport.publish(topic, topic, QOS_1);
      }
      await transport.publish('lab/all/end', 'end', QOS_1);
      await inbox.text('end');
      expect(inbox.messages.map(({ topic }) => topic)).toEqual([
        'lab/n1/STATUS',
        'lab/all',
        'lab/all/x/y',
        'lab/all/end',
      ]);
      expect(inbox.texts('lab/all/x/y')).toEqual(['lab/all/x/y']);
    });

    it('carries QoS 0', async () => {
      const { inbox, transport } = await connected('a', ['beat']);
      await transport.publish('beat', '1', { qos: 0 });
      expect(textOf(await inbox.text('1'))).toBe('1');
    });

    it('marks as retained only what was stored before the subscription', async () => {
      const publisher = await connected('publisher');
      await publisher.transport.publish('s/old', 'old', RETAINED);
      const { inbox } = await connected('late', ['s/#']);
      expect((await inbox.text('old')).retained).toBe(true);
      await publisher.transport.publish('s/new', 'new', RETAINED);
      expect((await inbox.text('new')).retained).toBe(false);
    });

    it('forgets a retained message when an empty one is retained', async () => {
      const publisher = await connected('publisher');
      await publisher.transport.publish('s/gone', 'gone', RETAINED);
      await publisher.transport.publish('s/gone', '', RETAINED);
      await publisher.transport.publish('s/kept', 'kept', RETAINED);
      const { inbox } = await connected('late', ['s/#']);
      await inbox.text('kept');
      await publisher.transport.publish('s/end', 'end', QOS_1);
      await inbox.text('end');
      expect(inbox.texts()).toEqual(['kept', 'end']);
    });

    it('publishes and retains the will when the connection breaks', async () => {
      const watcher = await connected('watcher', ['n/STATUS']);
      const agent = await connected('agent', [], { topic: 'n/STATUS', payload: 'OFFLINE s1' });
      agent.cut();
      expect((await watcher.inbox.text('OFFLINE s1')).retained).toBe(false);
      const late = await connected('late', ['n/STATUS']);
      expect((await late.inbox.text('OFFLINE s1')).retained).toBe(true);
    });

    it('publishes no will after close', async () => {
      const watcher = await connected('watcher', ['n/#']);
      const agent = await connected('agent', [], { topic: 'n/STATUS', payload: 'OFFLINE s1' });
      await agent.transport.close();
      await watcher.transport.publish('n/end', 'end', QOS_1);
      await watcher.inbox.text('end');
      expect(watcher.inbox.texts()).toEqual(['end']);
    });

    it('comes back with all subscriptions after the broker was gone', async () => {
      const { inbox, transport } = await connected('a', ['x', 'y/#']);
      await rig.restart();
      await inbox.event('connected', 2);
      expect(inbox.events[1]).toMatchObject({ kind: 'disconnected', reason: expect.stringMatching(/\w/) });
      expect(inbox.events.at(-1)).toEqual({ kind: 'connected', reconnected: true });
      await transport.publish('x', 'one', QOS_1);
      await transport.publish('y/z', 'two', QOS_1);
      await inbox.text('two');
      expect(inbox.texts()).toEqual(['one', 'two']);
    });

    it('rejects a publish while there is no connection', async () => {
      const { transport, inbox, cut } = await prepared('a');
      await expect(transport.publish('x', 'unopened', QOS_1)).rejects.toThrow(PublishError);
      transport.open([], inbox);
      await expect(transport.publish('x', 'early', QOS_1)).rejects.toThrow(PublishError);
      await inbox.event('connected');
      cut();
      await inbox.event('disconnected');
      expect(transport.connected).toBe(false);
      await expect(transport.publish('x', 'offline', QOS_1)).rejects.toThrow(/x: not connected/);
    });

    it('rejects what is in flight when the connection breaks, and never sends it later', async () => {
      const watcher = await connected('watcher', ['x']);
      const { transport, inbox, freeze, cut } = await connected('a');
      freeze();
      const publishing = expect(transport.publish('x', 'lost', QOS_1)).rejects.toThrow(
        /x: the connection was lost/,
      );
      cut();
      await publishing;
      expect(transport.connected).toBe(false);
      await inbox.event('connected', 2);
      await transport.publish('x', 'end', QOS_1);
      await watcher.inbox.text('end');
      expect(watcher.inbox.texts()).toEqual(['end']);
    });

    it('keeps the order of one publisher', async () => {
      const subscriber = await connected('subscriber', ['x/#']);
      const { transport } = await connected('publisher');
      const sent = Array.from({ length: 500 }, (_, index) => String(index));
      await Promise.all(sent.map((text, index) => transport.publish(`x/${index % 3}`, text, QOS_1)));
      await subscriber.inbox.text('499');
      expect(subscriber.inbox.texts()).toEqual(sent);
    });

    it('carries any bytes, none at all, and a megabyte', async () => {
      const { inbox, transport } = await connected('a', ['x/#']);
      const anyBytes = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
      const megabyte = new Uint8Array(1_000_000).fill(0x2a);
      await transport.publish('x/part', anyBytes.subarray(100, 300), QOS_1);
      await transport.publish('x/none', new Uint8Array(), QOS_1);
      await transport.publish('x/big', megabyte, QOS_1);
      await inbox.message(({ topic }) => topic === 'x/big');
      expect(inbox.messages.map(({ payload }) => payload.length)).toEqual([200, 0, 1_000_000]);
      expect([...(inbox.messages[0]?.payload ?? [])]).toEqual([...anyBytes.subarray(100, 300)]);
      expect(inbox.messages[2]?.payload.every((byte) => byte === 0x2a)).toBe(true);
    });

    it('takes many messages from many publishers at once', async () => {
      const { inbox } = await connected('subscriber', ['x/#']);
      const publishers = await Promise.all(['a', 'b', 'c', 'd'].map((clientId) => connected(clientId)));
      await Promise.all(
        publishers.flatMap(({ transport }, publisher) =>
          Array.from({ length: 500 }, (_, index) =>
            transport.publish(`x/${publisher}`, String(index), QOS_1),
          ),
        ),
      );
      for (const publisher of publishers.keys()) {
        await inbox.message((message) => message.topic === `x/${publisher}` && textOf(message) === '499');
        expect(inbox.texts(`x/${publisher}`)).toEqual(
          Array.from({ length: 500 }, (_, index) => String(index)),
        );
      }
    });

    it('closes while it connects, without a word', async () => {
      const { transport, inbox } = await prepared('a');
      transport.open(['x'], inbox);
      await transport.close();
      const other = await connected('other');
      await other.transport.publish('x', 'end', QOS_1);
      expect(inbox.events).toEqual([]);
      expect(inbox.messages).toEqual([]);
    });

    it('rejects what is in flight when it is closed, and everything after', async () => {
      const { transport, freeze } = await connected('a');
      freeze();
      const publishing = expect(transport.publish('x', '1', QOS_1)).rejects.toThrow(
        /x: the connection was closed/,
      );
      await transport.close();
      await publishing;
      await transport.close();
      expect(transport.connected).toBe(false);
      await expect(transport.publish('x', '2', QOS_1)).rejects.toThrow(/not connected/);
      expect(() => transport.open([], createInbox())).toThrow(/opened once/);
    });

    it('loses the connection to a newer client with the same id', async () => {
      const first = await connected('same', [], { topic: 'n', payload: 'OFFLINE first' });
      const watcher = await connected('watcher', ['n']);
      const firstLost = first.inbox.event('disconnected').then(() => first.transport.close());
      const second = await prepared('same');
      second.transport.open([], second.inbox);
      await firstLost;
      await second.inbox.event('connected');
      await watcher.inbox.text('OFFLINE first');
    });

    it('refuses to publish to what is not a topic', async () => {
      const { transport } = await connected('a');
      for (const topic of ['', 'a/+', 'a/#', 'a\0b']) {
        await expect(transport.publish(topic, 'x', QOS_1)).rejects.toThrow(PublishError);
      }
    });
  });
}
