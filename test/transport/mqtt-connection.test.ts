import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { startBroker } from '../../src/broker/index.ts';
import { createMqttTransport, type MqttTransportOptions, parseBrokerUrl } from '../../src/transport/index.ts';
import { startByteServer } from '../support/byte-server.ts';
import { type Certificate, createCertificate } from '../support/certificates.ts';
import { createInbox, type Inbox } from '../support/inbox.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { startWebSocketBridge } from '../support/websocket-bridge.ts';

const CONNACK = 0x20;
const SUBACK = 0x90;

/** What `mosquitto_passwd` makes of the user ci with the password s3cret. */
const MOSQUITTO_PASSWORDS =
  'ci:$7$101$QHgGH3uvtGsK3RQY$a9Ytq9LTy/aWL+evfmxo7rw+dsyjVnWpW6VNBTsjDIFz/Eu5BJ9wMankcLcBhW66Nd11m0PF9kexDzvzYNhSMw==\n';

describe('connecting over MQTT', () => {
  let cleanUps: (() => unknown)[] = [];

  afterEach(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
    cleanUps = [];
  });

  function open(
    url: string,
    options: Partial<MqttTransportOptions> = {},
    filters: readonly string[] = ['x'],
  ): Inbox {
    const parsed = parseBrokerUrl(url);
    if (parsed.kind === 'error') throw new Error(parsed.message);
    const transport = createMqttTransport({
      url: parsed.url,
      ...parsed.credentials,
      clientId: 'a',
      clock: systemClock,
      ...options,
    });
    const inbox = createInbox();
    transport.open(filters, inbox);
    cleanUps.push(() => transport.close());
    return inbox;
  }

  /** Answers the first packet with a CONNACK and any later one with the given bytes. */
  async function fakeBroker(
    returnCode: number,
    later: (packet: Buffer) => readonly number[] = () => [],
  ): Promise<string> {
    const server = await startByteServer((chunk, socket) => {
      const isConnect = chunk[0] === 0x10;
      socket.write(Buffer.from(isConnect ? [CONNACK, 2, 0, returnCode] : later(chunk)));
    });
    cleanUps.push(() => server.close());
    return `mqtt://127.0.0.1:${server.port}`;
  }

  async function mosquitto(config: string, files: Readonly<Record<string, string>> = {}): Promise<number> {
    const broker = await startMosquitto({ config, files });
    cleanUps.push(() => broker.stop());
    return broker.port;
  }

  describe('says what went wrong', () => {
    it('nothing listens', async () => {
      const server = await startByteServer(() => {});
      await server.close();
      const { reason, refused } = await open(`mqtt://127.0.0.1:${server.port}`).event('attempt-failed');
      expect(reason).toMatch(`nothing listens on mqtt://127.0.0.1:${server.port}: connection refused`);
      expect(refused).toBe(false);
    });

    it('the name is unknown', async () => {
      const { reason, refused } = await open('no-such-host.invalid', { connectTimeoutMs: 25_000 }).event(
        'attempt-failed',
      );
      expect(reason).toMatch(/(name no-such-host.invalid is unknown|no name server answers)/);
      expect(refused).toBe(false);
    });

    it('the server never answers', async () => {
      const server = await startByteServer(() => {});
      cleanUps.push(() => server.close());
      const inbox = open(`mqtt://127.0.0.1:${server.port}`, { connectTimeoutMs: 100 });
      expect(await inbox.event('attempt-failed')).toMatchObject({
        reason: 'the broker did not answer within 100ms',
        refused: false,
      });
    });

    it('the server takes the login and then never answers', async () => {
      const inbox = open(await fakeBroker(0), { connectTimeoutMs: 100 });
      expect((await inbox.event('attempt-failed')).reason).toBe('the broker did not answer within 100ms');
    });

    it.each([
      ['hangs up', () => null],
      ['speaks another language', () => 'SSH-2.0-OpenSSH_9.2\r\n'],
    ])('the server %s', async (_, answer) => {
      const server = await startByteServer((_chunk, socket) => {
        const text = answer();
        if (text === null) socket.destroy();
        else socket.write(text);
      });
      cleanUps.push(() => server.close());
      const { reason, refused } = await open(`mqtt://127.0.0.1:${server.port}`).event('attempt-failed');
      expect(reason).toMatch(/is this the port of an MQTT broker/);
      expect(refused).toBe(false);
    });

    it.each([
      [1, true, /does not speak MQTT 3.1.1/],
      [2, true, /does not accept the client id/],
      [3, false, /not available now/],
      [4, true, /wrong user or password/],
      [5, true, /not authorized/],
      [99, true, /unknown code 99/],
    ])('the broker answers with code %i', async (code, refused, words) => {
      const failed = await open(await fakeBroker(code)).event('attempt-failed');
      expect(failed.reason).toMatch(words);
      expect(failed.refused).toBe(refused);
    });

    it('a subscription is refused', async () => {
      const broker = await fakeBroker(0, ([first, , high = 0, low = 0]) =>
        first === 0x82 ? [SUBACK, 5, high, low, 1, 0x80, 1] : [],
      );
      const inbox = open(broker, {}, ['lab/a', 'lab/#', 'lab/b']);
      expect(await inbox.event('attempt-failed')).toMatchObject({
        reason: 'the broker refuses the subscription to lab/#',
        refused: true,
      });
    });

    it('the connection falls silent', async () => {
      const broker = await fakeBroker(0, ([first, , high = 0, low = 0]) =>
        first === 0x82 ? [SUBACK, 3, high, low, 1] : [],
      );
      const inbox = open(broker, { keepAliveMs: 1000 });
      expect((await inbox.event('disconnected')).reason).toMatch(/the broker fell silent/);
    });
  });

  describe('with a login', () => {
    it.each(['embedded broker', 'mosquitto'])(
      'lets in who has the password and nobody else: %s',
      async (which) => {
        const address = which === 'mosquitto' ? await mosquittoWithPassword() : await brokerWithPassword();
        await open(`mqtt://ci:s3cret@${address}`, { clientId: 'right' }).event('connected');
        for (const login of ['ci:wr0ng@', 'other:s3cret@', 'ci@', '']) {
          const inbox = open(`mqtt://${login}${address}`, { clientId: `wrong ${login}` });
          const { reason, refused } = await inbox.event('attempt-failed');
          expect(reason).toMatch(/^the broker refuses the login: (wrong user or password|not authorized)/);
          expect(refused).toBe(true);
          expect(JSON.stringify(inbox.events)).not.toMatch(/s3cret|wr0ng|ci:/);
        }
      },
    );

    async function brokerWithPassword(): Promise<string> {
      const broker = await startBroker({ port: 0, credentials: { username: 'ci', password: 's3cret' } });
      cleanUps.push(() => broker.close());
      return `127.0.0.1:${broker.port}`;
    }

    async function mosquittoWithPassword(): Promise<string> {
      const config = 'allow_anonymous false\npassword_file passwords';
      return `127.0.0.1:${await mosquitto(config, { passwords: MOSQUITTO_PASSWORDS })}`;
    }
  });

  describe('with TLS', () => {
    let certificate: Certificate;
    let files: Readonly<Record<string, string>>;
    const tlsConfig = 'certfile certificate.pem\nkeyfile key.pem';

    beforeAll(async () => {
      certificate = await createCertificate('localhost');
      files = { 'certificate.pem': certificate.certificate, 'key.pem': certificate.key };
    });

    it('trusts the CA file', async () => {
      const port = await mosquitto(tlsConfig, files);
      await open(`mqtts://localhost:${port}`, { ca: certificate.certificate }).event('connected');
    });

    it.each([
      ['no CA file', 'mqtts://localhost', false, /not signed by an authority known here/],
      ['another host name', 'mqtts://127.0.0.1', true, /for another host than 127.0.0.1/],
      [
        'a client without TLS',
        'mqtt://localhost',
        false,
        /is this the port of an MQTT broker, with TLS or without/,
      ],
    ])('explains %s', async (_, address, withCa, words) => {
      const port = await mosquitto(tlsConfig, files);
      const inbox = open(`${address}:${port}`, withCa ? { ca: certificate.certificate } : {});
      const { reason, refused } = await inbox.event('attempt-failed');
      expect(reason).toMatch(words);
      expect(refused).toBe(false);
    });

    it('explains a server without TLS', async () => {
      const port = await mosquitto('');
      const { reason } = await open(`mqtts://127.0.0.1:${port}`).event('attempt-failed');
      expect(reason).toMatch(/does not answer in TLS|is this the port of an MQTT broker/);
    });
  });

  describe('over a WebSocket', () => {
    it('carries messages', async () => {
      const broker = await startBroker({ port: 0 });
      const bridge = await startWebSocketBridge(broker.port);
      cleanUps.push(
        () => broker.close(),
        () => bridge.close(),
      );
      const transport = createMqttTransport({
        url: { scheme: 'ws', host: '127.0.0.1', port: bridge.port, path: '/mqtt' },
        clientId: 'a',
        clock: systemClock,
      });
      cleanUps.push(() => transport.close());
      const inbox = createInbox();
      transport.open(['x'], inbox);
      await inbox.event('connected');
      await transport.publish('x', 'over a WebSocket', { qos: 1 });
      await inbox.text('over a WebSocket');
    });

    it('explains a web server that is no broker', async () => {
      const server = createHttpServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
      cleanUps.push(() => server.close());
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      const { reason } = await open(`ws://127.0.0.1:${port}/mqtt`).event('attempt-failed');
      expect(reason).toMatch(/404/);
    });
  });
});
