import { type BareConnection, type BareConnectionOptions, ConnectionError } from './bare-connection.ts';
import { describeFailure, describeLoss } from './connection-failure.ts';
import { createMqttClient, setNoDelay, toBuffer } from './mqtt-client.ts';

/** One connection, by one client of the library. */
export function dialBare({ onMessage, signal, ...options }: BareConnectionOptions): Promise<BareConnection> {
  signal.throwIfAborted();
  const client = createMqttClient(options);
  const pending = new Set<(error: ConnectionError) => void>();
  let isOpen = false;
  let firstError: unknown;

  const destroy = (error?: unknown): void => {
    firstError ??= error;
    client.stream.destroy();
  };
  /** The library answers nobody any more once the connection has ended. */
  const untilDone = <T>(begin: (done: (error: Error | null | undefined, value: T) => void) => void) =>
    new Promise<T>((resolve, reject) => {
      if (!isOpen) throw new ConnectionError('the connection has ended');
      pending.add(reject);
      begin((error, value) => {
        pending.delete(reject);
        if (error) reject(new ConnectionError(error.message));
        else resolve(value);
      });
    });

  const connection: BareConnection = {
    get isOpen() {
      return isOpen;
    },
    subscribe: (filters, qos) =>
      untilDone((done) => {
        client.subscribe([...filters], { qos }, (error, _, packet) => {
          // A refused filter is an error to the library, and an answer like others to us.
          const codes = (packet?.granted ?? []).map(Number);
          done(codes.length > 0 ? undefined : error, codes);
        });
      }),
    publish: (topic, payload, { qos, retain = false }) =>
      untilDone((done) => {
        client.publish(topic, toBuffer(payload), { qos, retain }, (error) => done(error, undefined));
      }),
    stall: () => void client.stream.pause(),
    resume: () => void client.stream.resume(),
    kill: destroy,
    close: () =>
      new Promise((resolve) => {
        for (const messageId of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(messageId));
        client.end(false, () => resolve());
      }),
  };

  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => destroy());
    client.on('error', destroy);
    client.stream.on('error', destroy);
    client.on('message', (topic, payload, { retain }) => onMessage({ topic, payload, retained: retain }));
    client.on('connect', () => {
      setNoDelay(client);
      isOpen = true;
      resolve(connection);
    });
    client.on('close', () => {
      const failure = isOpen ? describeLoss(firstError) : describeFailure(firstError, options.url);
      isOpen = false;
      const error = new ConnectionError(failure.reason);
      for (const fail of [...pending]) fail(error);
      pending.clear();
      reject(error);
    });
  });
}
