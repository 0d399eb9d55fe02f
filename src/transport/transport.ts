/** What a transport hands up: bytes on a topic. */
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** True only for a message that the broker had stored before this subscription was made [MQTT-3.3.1-8]. */
  readonly retained: boolean;
}

/** Published by the broker when the connection ends without a DISCONNECT [MQTT-3.1.2-8]. */
export interface Will {
  readonly topic: string;
  readonly payload: string;
}

export interface PublishOptions {
  readonly qos: 0 | 1;
  readonly retain?: boolean;
}

export type ConnectionEvent =
  /** Connected and every subscription granted. `reconnected` is false the first time. */
  | { readonly kind: 'connected'; readonly reconnected: boolean }
  /** The connection was lost; attempts to restore it go on until `close`. */
  | { readonly kind: 'disconnected'; readonly reason: string }
  /** One attempt failed; the next follows. `refused`: the broker said no for good (login, subscription, protocol). */
  | { readonly kind: 'attempt-failed'; readonly reason: string; readonly refused: boolean };

export interface TransportListeners {
  readonly onMessage: (message: Message) => void;
  readonly onConnection: (event: ConnectionEvent) => void;
}

/**
 * Topics and bytes over one broker, with a clean session. Nothing is stored across a lost connection: what was in
 * flight then rejects, and the caller decides whether to send it again.
 */
export interface Transport {
  readonly connected: boolean;
  /**
   * Begins to connect, with these subscriptions (QoS 1), and keeps the connection alive until `close`. The listeners
   * are attached before the first packet is sent, since retained messages arrive before the SUBACK's callback.
   */
  open(filters: readonly string[], listeners: TransportListeners): void;
  /**
   * QoS 1: resolves at the PUBACK. QoS 0: resolves when written. Rejects at once while disconnected, when the
   * connection is lost, and at the transport's publish deadline, always with a PublishError; the message may have
   * arrived all the same. Only messages of one QoS to one topic are sure to stay in order [MQTT-4.6.0-6].
   */
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions): Promise<void>;
  /**
   * Ends the connection with a DISCONNECT, so that the will is not published; takes at most a second. What is in
   * flight rejects, an attempt to connect is given up, and no listener is called any more. Never rejects.
   */
  close(): Promise<void>;
}
