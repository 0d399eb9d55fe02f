import type { MqttConnectionOptions } from './mqtt-client.ts';
import { ReconnectingTransport, type ReconnectOptions } from './reconnecting-transport.ts';
import type { Transport } from './transport.ts';

export interface MqttTransportOptions extends ReconnectOptions, MqttConnectionOptions {}

/** A transport over a real broker: MQTT 3.1.1, clean session, TCP_NODELAY. The MQTT library is loaded on first use. */
export function createMqttTransport(options: MqttTransportOptions): Transport {
  return new ReconnectingTransport((filters, listeners, signal) => {
    void import('./mqtt-link.ts').then(({ dialMqtt }) => {
      if (!signal.aborted) dialMqtt(options, filters, listeners, signal);
    });
  }, options);
}
