import { Socket } from 'node:net';
import mqtt, { type MqttClient } from 'mqtt';
import type { BrokerUrl } from './broker-url.ts';
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

/** A client that connects once, and never again. */
export function createMqttClient({
  url,
  will,
  keepAliveMs = 15_000,
  cleanSession = true,
  ...login
}: MqttConnectionOptions & { readonly cleanSession?: boolean }): MqttClient {
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
    clean: cleanSession,
    resubscribe: false,
    reconnectPeriod: 0,
    connectTimeout: NEVER_MS,
    // Its debug log would show the password with DEBUG=mqttjs* in the environment.
    log: () => {},
  });
}

/** The library's own time limit is out of the way: whoever connects has one. */
const NEVER_MS = 2_147_483_647;

/** Without it a round trip stalls up to 44 ms. Before it is connected, a socket may lose the option. */
export function setNoDelay({ stream }: MqttClient): void {
  if (stream instanceof Socket) stream.setNoDelay(true);
}

export function toBuffer(payload: string | Uint8Array): string | Buffer {
  if (typeof payload === 'string') return payload;
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
}
