import type { MqttClient } from 'mqtt';
import { describeFailure, describeLoss } from './connection-failure.ts';
import type { LinkFailure, LinkListeners } from './link.ts';
import { createMqttClient, type MqttConnectionOptions, setNoDelay, toBuffer } from './mqtt-client.ts';

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
  const client = createMqttClient(options);
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
