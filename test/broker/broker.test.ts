import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { type Broker, type BrokerOptions, startBroker } from '../../src/broker/index.ts';
import { createMqttTransport, type Transport } from '../../src/transport/index.ts';
import { createInbox, type Inbox } from '../support/inbox.ts';
import { connectPacket, connectRaw, publishPacket, subscribePacket } from '../support/raw-client.ts';

const QOS_1 = { qos: 1 } as const;
const run = promisify(execFile);

interface Client {
  readonly transport: Transport;
  readonly inbox: Inbox;
}

describe('the embedded broker', () => {
  let cleanUps: (() => unknown)[] = [];
  let warnings: string[] = [];

  afterEach(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
    cleanUps = [];
    warnings = [];
  });

  async function start(options: BrokerOptions = {}): Promise<Broker> {
    const logger = { debug() {}, info() {}, warn: (message: string) => void warnings.push(message) };
    const broker = await startBroker({ port: 0, logger, ...options });
    cleanUps.push(() => broker.close());
    return broker;
  }

  async function connected(
    broker: Broker,
    clientId: string,
    filters: readonly string[] = [],
  ): Promise<Client> {
    const transport = createMqttTransport({
      url: { scheme: 'mqtt', host: '127.0.0.1', port: broker.port },
      clientId,
      clock: systemClock,
    });
    cleanUps.push(() => transport.close());
    const inbox = createInbox();
    transport.open(filters, inbox);
    await inbox.event('connected');
    return { transport, inbox };
  }

  function mosquitto(program: 'pub' | 'sub', broker: Broker, ...args: string[]): ChildProcess {
    const child = spawn(`mosquitto_${program}`, ['-h', '127.0.0.1', '-p', String(broker.port), ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    cleanUps.push(() => child.kill('SIGKILL'));
    return child;
  }

  describe('with the clients of mosquitto', () => {
    it('delivers what is retained through a wildcard, then what comes live', async () => {
      const broker = await start();
      const { transport } = await connected(broker, 'publisher');
      await transport.publish('lab/n1/STATUS', 'ALIVE', { qos: 1, retain: true });
      const subscriber = mosquitto(
        'sub',
        broker,
        '-q',
        '1',
        '-t',
        'lab/+/STATUS',
        '-C',
        '2',
        '-F',
        '%r %t %p',
      );
      const lines = linesOf(subscriber);
      expect((await lines.next()).value).toBe('1 lab/n1/STATUS ALIVE');
      mosquitto('pub', broker, '-q', '1', '-t', 'lab/n2/STATUS', '-m', 'STARTED', '-r');
      expect((await lines.next()).value).toBe('0 lab/n2/STATUS STARTED');
    });

    it('takes 1000 plain lines at once, in order', async () => {
      const broker = await start();
      const { inbox } = await connected(broker, 'subscriber', ['x']);
      const sent = Array.from({ length: 1000 }, (_, index) => `line ${index}`);
      mosquitto('pub', broker, '-q', '1', '-t', 'x', '-l').stdin?.end(`${sent.join('\n')}\n`);
      await inbox.text('line 999');
      expect(inbox.texts()).toEqual(sent);
    });

    it('publishes the will of a client that is killed', async () => {
      const broker = await start();
      const { inbox, transport } = await connected(broker, 'watcher', ['will', 'ready']);
      await transport.publish('ready', 'ready', { qos: 1, retain: true });
      const will = ['--will-topic', 'will', '--will-payload', 'OFFLINE', '--will-qos', '1', '--will-retain'];
      const subscriber = mosquitto('sub', broker, '-t', 'ready', ...will);
      await linesOf(subscriber).next();
      subscriber.kill('SIGKILL');
      await inbox.text('OFFLINE');
    });

    it('lets nobody in without the password', async () => {
      const broker = await start({ credentials: { username: 'ci', password: 's3cret' } });
      const publish = (...login: string[]) =>
        run('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(broker.port), '-t', 'x', '-m', 'y', ...login]);
      await publish('-u', 'ci', '-P', 's3cret');
      await expect(publish('-u', 'ci', '-P', 'wrong')).rejects.toThrow(/bad user name or password/);
      await expect(publish('-u', 'other', '-P', 's3cret')).rejects.toThrow(/bad user name or password/);
      await expect(publish('-u', 'ci')).rejects.toThrow(/bad user name or password/);
      await expect(publish()).rejects.toThrow(/not authorised/);
    });
  });

  it('answers a refused login with its code, and ends the connection', async () => {
    const broker = await start({ credentials: { username: 'ci', password: 's3cret' } });
    const socket = await connectRaw(broker.port);
    socket.write(connectPacket('a', { username: 'ci', password: 's3cre' }));
    const [answer] = await once(socket, 'data');
    expect([...answer]).toEqual([0x20, 2, 0, 4]);
    await once(socket, 'close');
    expect(broker.connectedClients).toBe(0);
  });

  describe('a client that does not read', () => {
    const MESSAGES = 3000;
    const payload = Buffer.alloc(10_000, 'x');

    async function stalled(broker: Broker): Promise<void> {
      const socket = await connectRaw(broker.port);
      cleanUps.push(() => socket.destroy());
      socket.pause();
      const watcher = await connected(broker, 'watcher', ['x']);
      socket.write(
        Buffer.concat([
          connectPacket('stalled'),
          subscribePacket('x/#'),
          publishPacket('x', Buffer.from('in')),
        ]),
      );
      await watcher.inbox.text('in');
      await watcher.transport.close();
    }

    async function burst(broker: Broker): Promise<Inbox> {
      const { inbox } = await connected(broker, 'reader', ['x/#']);
      const { transport } = await connected(broker, 'publisher');
      await Promise.all(Array.from({ length: MESSAGES }, () => transport.publish('x/y', payload, QOS_1)));
      await transport.publish('x/y', 'end', QOS_1);
      await inbox.text('end');
      return inbox;
    }

    it('holds up neither those who publish nor those who read', async () => {
      const broker = await start();
      await stalled(broker);
      const { messages } = await burst(broker);
      expect(messages).toHaveLength(MESSAGES + 1);
      expect(warnings).toEqual([]);
      expect(broker.connectedClients).toBe(3);
    });

    it('is dropped when too much waits for it, and it alone', async () => {
      const broker = await start({ maxBufferedBytes: 1_000_000 });
      await stalled(broker);
      const { messages } = await burst(broker);
      expect(messages).toHaveLength(MESSAGES + 1);
      expect(warnings).toEqual(['dropped client "stalled": it leaves more than 1000000 bytes unread']);
      expect(broker.connectedClients).toBe(2);
    });
  });

  describe('the size of packets', () => {
    it('is no matter up to the limit, however they are cut', async () => {
      const broker = await start({ maxPacketBytes: 1000 });
      const { inbox } = await connected(broker, 'subscriber', ['x']);
      const socket = await connectRaw(broker.port);
      cleanUps.push(() => socket.destroy());
      const largest = publishPacket('x', Buffer.alloc(997, 'a'));
      const bytes = Buffer.concat([
        connectPacket('raw'),
        largest,
        publishPacket('x', Buffer.alloc(0)),
        largest,
      ]);
      for (const byte of bytes) socket.write(Buffer.from([byte]));
      await inbox.message(() => inbox.messages.length === 3);
      expect(inbox.messages.map(({ payload }) => payload.length)).toEqual([997, 0, 997]);
      expect(warnings).toEqual([]);
    });

    it('is limited for a client that logged in', async () => {
      const broker = await start({ maxPacketBytes: 1000 });
      const socket = await connectRaw(broker.port);
      socket.write(connectPacket('big'));
      await once(socket, 'data');
      socket.write(publishPacket('x', Buffer.alloc(998)));
      await once(socket, 'close');
      expect(warnings).toEqual(['dropped client "big": it sent a packet of more than 1000 bytes']);
    });

    it('is limited for a client that did not', async () => {
      const broker = await start({ maxPacketBytes: 1000 });
      const socket = await connectRaw(broker.port);
      socket.write(connectPacket('x'.repeat(1000)));
      await once(socket.resume(), 'close');
      expect(warnings).toEqual([
        'dropped a client without a login: it sent a packet of more than 1000 bytes',
      ]);
    });
  });

  it('acknowledges and discards what is published below $', async () => {
    const broker = await start();
    const { transport, inbox } = await connected(broker, 'a', ['$SYS/x', '$discarded', '#']);
    await transport.publish('$SYS/x', 'fake', { qos: 1, retain: true });
    await transport.publish('x', 'end', QOS_1);
    await inbox.text('end');
    expect(inbox.texts('$SYS/x')).toEqual([]);
    expect(transport.connected).toBe(true);
  });

  it('closes with clients connected, logged in or not, and frees its port', async () => {
    const broker = await start();
    const { inbox } = await connected(broker, 'a');
    const stranger = await connectRaw(broker.port);
    const strangerClosed = once(stranger, 'close');
    expect(broker.connectedClients).toBe(1);
    await Promise.all([broker.close(), broker.close()]);
    await Promise.all([strangerClosed, inbox.event('disconnected')]);
    const again = await start({ port: broker.port });
    expect(again.port).toBe(broker.port);
  });

  describe('where it listens', () => {
    it('says where', async () => {
      const broker = await start();
      expect(broker.host).toBe('127.0.0.1');
      expect(broker.port).toBeGreaterThan(0);
      expect(broker.url).toBe(`mqtt://127.0.0.1:${broker.port}`);
    });

    it('explains a port in use', async () => {
      const { port } = await start();
      await expect(startBroker({ port })).rejects.toMatchObject({
        code: 'LISTEN_FAILED',
        message: `port ${port} on 127.0.0.1 is in use by another program`,
        hint: expect.stringMatching(/another port/),
      });
    });

    it('explains an address that is not of this machine', async () => {
      await expect(startBroker({ host: '192.0.2.1', port: 0, allowAnonymous: true })).rejects.toMatchObject({
        code: 'LISTEN_FAILED',
        message: '192.0.2.1 is not an address of this machine',
      });
    });

    it.each(['0.0.0.0', '::', '192.168.1.1', 'broker.lab', '127.0.0.1.lab'])(
      'refuses to be open to everybody on %s',
      async (host) => {
        await expect(startBroker({ host, port: 0 })).rejects.toMatchObject({
          code: 'USAGE',
          message: expect.stringContaining(host),
          hint: expect.stringMatching(/allow anonymous/),
        });
      },
    );

    it.each<[string, BrokerOptions]>([
      ['with a login', { host: '0.0.0.0', credentials: { username: 'ci', password: 's3cret' } }],
      ['when told so', { host: '0.0.0.0', allowAnonymous: true }],
      ['on this machine alone', { host: 'localhost' }],
    ])('listens %s', async (_, options) => {
      await start(options);
    });
  });
});

function linesOf(child: ChildProcess): AsyncIterator<string> {
  if (!child.stdout) throw new Error('its standard output is not a pipe');
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}
