import type { MqttConnectionOptions } from './mqtt-client.ts';
import type { Message } from './transport.ts';

export type BareQos = 0 | 1 | 2;

export interface BareConnectionOptions extends Omit<MqttConnectionOptions, 'keepAliveMs'> {
  /** False: the broker is to keep what comes while this client is away [MQTT-3.1.2-4]. Default true. */
  readonly cleanSession?: boolean;
  readonly onMessage: (message: Message) => void;
  /** Ends the connection abruptly, or the attempt. */
  readonly signal: AbortSignal;
}

/**
 * One connection as it is, with what a run never uses: for finding out what a broker does. Promises about a connection
 * that has ended are rejected with a ConnectionError; a broker may leave others open for ever.
 */
export interface BareConnection {
  readonly isOpen: boolean;
  /** The code that the broker gave for each filter, in their order; 0x80 refuses it [MQTT-3.9.3-2]. */
  subscribe(filters: readonly string[], qos: BareQos): Promise<readonly number[]>;
  /** Resolves when the broker has confirmed it, or when it is written at QoS 0. */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options: { readonly qos: BareQos; readonly retain?: boolean },
  ): Promise<void>;
  /** Reads nothing more from the socket until `resume`. */
  stall(): void;
  resume(): void;
  /** The socket dies without a DISCONNECT. */
  kill(): void;
  /** Ends with a DISCONNECT. May take for ever: the signal cuts it short. */
  close(): Promise<void>;
}

/** A connection that was not made, or has ended, with the reason in words for people. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}
