import { Socket } from 'node:net';
import mqtt, { type MqttClient } from 'mqtt';

/** mqtt.js as our transport uses it, and nothing around it. */
export async function connectBare(port: number, filters: readonly string[]): Promise<MqttClient> {
  const client = mqtt.connect({
    host: '127.0.0.1',
    port,
    protocolVersion: 4,
    keepalive: 15,
    reconnectPeriod: 0,
    log: () => {},
  });
  await new Promise<void>((resolve, reject) => {
    client.on('connect', () => resolve());
    client.on('error', reject);
  });
  if (client.stream instanceof Socket) client.stream.setNoDelay(true);
  if (filters.length > 0) await client.subscribeAsync([...filters], { qos: 1 });
  return client;
}
