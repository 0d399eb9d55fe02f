import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { startBroker } from '../../src/broker/index.ts';
import {
  type BrokerUrl,
  connectBare,
  createMqttTransport,
  type MqttTransportOptions,
} from '../../src/transport/index.ts';
import { createCertificate } from '../support/certificates.ts';
import { createInbox } from '../support/inbox.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { type TcpEnd, tcpEnds } from '../support/tcp-options.ts';
import { startWebSocketBridge } from '../support/websocket-bridge.ts';

async function connect(url: BrokerUrl, options: Partial<MqttTransportOptions> = {}): Promise<void> {
  const transport = createMqttTransport({ url, clientId: 'a', clock: systemClock, ...options });
  onTestFinished(() => transport.close());
  const inbox = createInbox();
  transport.open([], inbox);
  await inbox.event('connected');
}

async function embedded(): Promise<number> {
  const broker = await startBroker({ port: 0 });
  onTestFinished(() => broker.close());
  return broker.port;
}

/** Our ends of the connections to a port. */
async function clientsOf(port: number): Promise<readonly TcpEnd[]> {
  return (await tcpEnds()).filter(({ remotePort }) => remotePort === port);
}

const ONE_WITHOUT_DELAY = [expect.objectContaining({ noDelay: true })];

it('a client of mqtt://, and what the embedded broker has of it', async () => {
  const port = await embedded();
  await connect({ scheme: 'mqtt', host: '127.0.0.1', port });
  expect(await clientsOf(port)).toEqual(ONE_WITHOUT_DELAY);
  expect((await tcpEnds()).filter(({ localPort }) => localPort === port)).toEqual(ONE_WITHOUT_DELAY);
});

it('a client of mqtts://', async () => {
  const { certificate, key } = await createCertificate('localhost');
  const { port, stop } = await startMosquitto({
    config: 'certfile certificate.pem\nkeyfile key.pem',
    files: { 'certificate.pem': certificate, 'key.pem': key },
  });
  onTestFinished(stop);
  await connect({ scheme: 'mqtts', host: 'localhost', port }, { ca: certificate });
  expect(await clientsOf(port)).toEqual(ONE_WITHOUT_DELAY);
});

it('a client of ws://', async () => {
  const bridge = await startWebSocketBridge(await embedded());
  onTestFinished(() => bridge.close());
  await connect({ scheme: 'ws', host: '127.0.0.1', port: bridge.port, path: '/' });
  expect(await clientsOf(bridge.port)).toEqual(ONE_WITHOUT_DELAY);
});

it('a bare connection', async () => {
  const port = await embedded();
  const connection = await connectBare({
    url: { scheme: 'mqtt', host: '127.0.0.1', port },
    clientId: 'bare',
    onMessage() {},
    signal: new AbortController().signal,
  });
  onTestFinished(() => connection.close());
  expect(await clientsOf(port)).toEqual(ONE_WITHOUT_DELAY);
});
