import type { BrokerUrl } from './broker-url.ts';
import { ReconnectingTransport, type ReconnectOptions } from './reconnecting-transport.ts';
import type { Transport, Will } from './transport.ts';

export interface MqttTransportOptions extends ReconnectOptions {
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

/** A transport over a real broker: MQTT 3.1.1, clean session, TCP_NODELAY. The MQTT library is loaded on first use. */
export function createMqttTransport(options: MqttTransportOptions): Transport {
  return new ReconnectingTransport((filters, listeners, signal) => {
    void import('./mqtt-link.ts').then(({ dialMqtt }) => {
      if (!signal.aborted) dialMqtt(options, filters, listeners, signal);
    });
  }, options);
}
