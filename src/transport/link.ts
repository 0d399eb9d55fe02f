import type { Message, PublishOptions } from './transport.ts';

/** Why an attempt failed or a connection ended, in words for people. */
export interface LinkFailure {
  readonly reason: string;
  /** The broker answered and said no, so that waiting will not help. */
  readonly refused: boolean;
}

export interface LinkListeners {
  /** Connected and every subscription granted. */
  readonly onUp: (link: Link) => void;
  /** May come before `onUp`: retained messages overtake the end of subscribing. */
  readonly onMessage: (message: Message) => void;
  /** The attempt failed or the connection is lost; nothing follows. Not called for what `close` or the signal ended. */
  readonly onDown: (failure: LinkFailure) => void;
}

/** One connection, from the attempt to its end. It is never restored: a new one is dialled. */
export interface Link {
  /** @param onDone called when it is written (QoS 0) or confirmed (QoS 1), or with what went wrong; maybe never */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options: PublishOptions,
    onDone: (problem?: string) => void,
  ): void;
  /** Ends with a DISCONNECT. May take for ever: the signal given to `Dial` cuts it short. */
  close(): Promise<void>;
}

/** Begins one connection. Its listeners are called later, never from within; `signal` ends it abruptly and silently. */
export type Dial = (filters: readonly string[], listeners: LinkListeners, signal: AbortSignal) => void;
