import { Socket } from 'node:net';
import mqtt, { type MqttClient } from 'mqtt';
import type { BrokerUrl } from './broker-url.ts';
import { describeFailure, describeLoss } from './connection-failure.ts';
import type { LinkFailure, LinkListeners } from './link.ts';
import type { Will } from './transport.ts';

export interface MqttConnectionOptions {
  readonly url: BrokerUrl;
  /** Unique among all clients of the broker: a second one with the same id throws the first out [MQTT-3.1.4-2]. */
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
  /** Contents (PEM) of the file of certificate authorities to trust instead of the built-in ones; mqtts and wss only. */
  readonly ca?: string | Buffer;
  readonly will?: Will;
  /**
   * A ping goes out after this much silence, and the connection counts as lost at 1.5 times of it; sent as whole
   * seconds, rounded up, 1 s to 65 535 s. Default 15 000.
   */
  readonly keepAliveMs?: number;
}

/**
 * One connection, by one client of the library. The client is never reused: with it goes its store of unconfirmed
 * messages, so that nothing is sent late.
 */
export function dialMqtt(
  options: MqttConnectionOptions,
  filters: readonly string[],
  { onUp, onMessage, onDown }: LinkListeners,
  signal: AbortSignal,
): void {
  const client = connect(options);
  let over = false;
  let isUp = false;
  let firstError: unknown;

  const destroy = (error?: unknown): void => {
    firstError ??= error;
    client.stream.destroy();
  };
  const fail = (failure: LinkFailure): void => {
    if (over) return;
    over = true;
    onDown(failure);
  };
  const close = (): Promise<void> => {
    over = true;
    return disconnect(client);
  };

  signal.addEventListener('abort', () => {
    over = true;
    destroy();
  });
  client.on('error', destroy);
  // The library passes on only errors that have a code, so not what a web server answers instead of a WebSocket.
  client.stream.on('error', destroy);
  client.on('close', () => fail(isUp ? describeLoss(firstError) : describeFailure(firstError, options.url)));
  client.on('message', (topic, payload, { retain }) => {
    if (!over) onMessage({ topic, payload, retained: retain });
  });
  client.on('connect', () => {
    setNoDelay(client);
    subscribe(client, filters, (failure) => {
      if (over) return;
      if (failure) {
        fail(failure);
        void disconnect(client);
        return;
      }
      isUp = true;
      onUp({
        publish(topic, payload, { qos, retain = false }, onDone) {
          client.publish(topic, toBuffer(payload), { qos, retain }, (error) => onDone(error?.message));
        },
        close,
      });
    });
  });
}

/** The library's own time limit is out of the way: the signal ends an attempt. */
const NEVER_MS = 2_147_483_647;

function connect({ url, will, keepAliveMs = 15_000, ...login }: MqttConnectionOptions): MqttClient {
  const isWebSocket = url.scheme === 'ws' || url.scheme === 'wss';
  return mqtt.connect({
    protocol: url.scheme,
    host: isWebSocket && url.host.includes(':') ? `[${url.host}]` : url.host,
    port: url.port,
    path: url.path,
    clientId: login.clientId,
    username: login.username,
    password: login.password,
    ca: login.ca,
    will: will && { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
    keepalive: Math.min(Math.max(Math.ceil(keepAliveMs / 1000), 1), 65_535),
    protocolVersion: 4,
    clean: true,
    resubscribe: false,
    reconnectPeriod: 0,
    connectTimeout: NEVER_MS,
    // Its debug log would show the password with DEBUG=mqttjs* in the environment.
    log: () => {},
  });
}

/** Without it a round trip stalls up to 44 ms. Before it is connected, a socket may lose the option. */
function setNoDelay({ stream }: MqttClient): void {
  if (stream instanceof Socket) stream.setNoDelay(true);
}

/** @param onDone called with what went wrong, unless the connection ended meanwhile */
function subscribe(
  client: MqttClient,
  filters: readonly string[],
  onDone: (failure?: LinkFailure) => void,
): void {
  if (filters.length === 0) {
    onDone();
    return;
  }
  client.subscribe([...filters], { qos: 1 }, (error, _grants, packet) => {
    // A refusal is a return code of 0x80 in the place of its filter [MQTT-3.9.3-2].
    const codes = packet?.granted ?? [];
    const refused = filters.filter((_, index) => codes[index] === 0x80);
    if (refused.length > 0) {
      onDone({ reason: `the broker refuses the subscription to ${refused.join(', ')}`, refused: true });
    } else {
      onDone(error ? { reason: `could not subscribe: ${error.message}`, refused: false } : undefined);
    }
  });
}

/** Resolves when the broker has closed the connection in answer to our DISCONNECT. */
function disconnect(client: MqttClient): Promise<void> {
  // The library holds the DISCONNECT back until nothing is unconfirmed.
  for (const messageId of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(messageId));
  return new Promise((resolve) => {
    client.end(false, () => resolve());
  });
}

function toBuffer(payload: string | Uint8Array): string | Buffer {
  if (typeof payload === 'string') return payload;
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}
