import type { Clock } from '../base/index.ts';
import type { Link, LinkListeners } from './link.ts';
import { ReconnectingTransport, type ReconnectOptions } from './reconnecting-transport.ts';
import { topicMatches } from './topic-filter.ts';
import type { Message, Transport, Will } from './transport.ts';

export interface MemoryClientOptions extends ReconnectOptions {
  readonly clientId: string;
  readonly will?: Will;
}

/** One leg of a message's way: from its publisher to the broker, the broker's confirmation, or to one subscriber. */
export interface Leg {
  readonly kind: 'publish' | 'confirm' | 'deliver';
  readonly clientId: string;
  readonly topic: string;
}

/** What may go wrong between a broker and its clients. Without it nothing does. */
export interface Disturbance {
  readonly clock: Clock;
  /**
   * In how many milliseconds, 0 or more, what takes a leg arrives: `[]` never, `[0]` at once and in order, `[5, 80]`
   * twice. A confirmation arrives once at most. What was retained is handed out undisturbed.
   */
  readonly arrivals: (leg: Leg) => readonly number[];
}

/**
 * A broker without a network, for tests and simulations: what a client sees of it is what it sees of a real one.
 * Messages are delivered asynchronously, by microtasks, in the order they were published, unless a disturbance says
 * otherwise; apart from that only time-outs and the wait before a reconnect take the client's clock.
 */
export interface MemoryBroker {
  readonly connectedClients: number;
  connect(options: MemoryClientOptions): Transport;
  /** The client's connection is lost: its will is published, and it will come back. */
  drop(clientId: string): void;
  /** The client falls silent, as when its process dies: its will is published, and nothing passes any more. */
  kill(clientId: string): void;
  /** From now on nothing passes to or from the client, and nobody notices yet; `drop` or `kill` end it. */
  freeze(clientId: string): void;
  /** Ends all connections, without wills, and forgets what is retained, as a restart of a real broker does. */
  stop(): void;
  /** Takes connections again after `stop`. */
  start(): void;
}

type SessionState = 'live' | 'frozen' | 'left' | 'lost';

interface Session {
  readonly clientId: string;
  readonly will: Will | undefined;
  readonly filters: readonly string[];
  readonly listeners: LinkListeners;
  state: SessionState;
}

export function createMemoryBroker(disturbance?: Disturbance): MemoryBroker {
  const sessions = new Map<string, Session>();
  const retainedMessages = new Map<string, Uint8Array>();
  let running = true;

  return {
    get connectedClients() {
      return sessions.size;
    },
    connect: (options) =>
      new ReconnectingTransport((filters, listeners, signal) => {
        queueMicrotask(() => {
          if (!signal.aborted) admit(options, filters, listeners, signal);
        });
      }, options),
    drop(clientId) {
      drop(sessionOf(clientId), 'the memory broker dropped the connection');
    },
    kill(clientId) {
      lose(sessionOf(clientId));
    },
    freeze(clientId) {
      sessionOf(clientId).state = 'frozen';
    },
    stop() {
      running = false;
      retainedMessages.clear();
      const ended = [...sessions.values()];
      for (const session of ended) leave(session, 'lost');
      for (const { listeners } of ended)
        listeners.onDown({ reason: 'the memory broker stopped', refused: false });
    },
    start() {
      running = true;
    },
  };

  function admit(
    { clientId, will }: MemoryClientOptions,
    filters: readonly string[],
    listeners: LinkListeners,
    signal: AbortSignal,
  ): void {
    if (!running) {
      listeners.onDown({ reason: 'the memory broker is stopped', refused: false });
      return;
    }
    const former = sessions.get(clientId);
    if (former) drop(former, 'another client connected with the same id');
    const session: Session = { clientId, will, filters, listeners, state: 'live' };
    sessions.set(clientId, session);
    signal.addEventListener('abort', () => lose(session));
    for (const [topic, payload] of retainedMessages) {
      if (isSubscribed(session, topic)) listeners.onMessage({ topic, payload, retained: true });
    }
    if (!signal.aborted) listeners.onUp(linkOf(session));
  }

  function linkOf(session: Session): Link {
    return {
      publish(topic, payload, { retain = false }, onDone) {
        const bytes = toBytes(payload);
        travel({ kind: 'publish', clientId: session.clientId, topic }, () => {
          // What was published right before a DISCONNECT arrives; what was on its way when the connection broke does not.
          if (session.state === 'frozen' || session.state === 'lost') return;
          accept(topic, bytes, retain);
          confirm(session, topic, onDone);
        });
      },
      close() {
        leave(session, 'left');
        return Promise.resolve();
      },
    };
  }

  function accept(topic: string, payload: Uint8Array, retain: boolean): void {
    if (retain && payload.length > 0) retainedMessages.set(topic, payload);
    else if (retain) retainedMessages.delete(topic);
    for (const session of sessions.values()) {
      if (isSubscribed(session, topic)) deliver(session, { topic, payload, retained: false });
    }
  }

  function deliver(session: Session, message: Message): void {
    travel({ kind: 'deliver', clientId: session.clientId, topic: message.topic }, () => {
      if (session.state === 'live') session.listeners.onMessage(message);
    });
  }

  /** At once, as part of what the broker does on arrival, unless it is disturbed. */
  function confirm({ clientId }: Session, topic: string, onDone: () => void): void {
    const [delayMs] = disturbance?.arrivals({ kind: 'confirm', clientId, topic }) ?? [0];
    if (delayMs === 0) onDone();
    else if (delayMs !== undefined) disturbance?.clock.setTimer(delayMs, onDone);
  }

  function travel(leg: Leg, arrive: () => void): void {
    for (const delayMs of disturbance?.arrivals(leg) ?? [0]) {
      if (delayMs === 0) queueMicrotask(arrive);
      else disturbance?.clock.setTimer(delayMs, arrive);
    }
  }

  function drop(session: Session, reason: string): void {
    lose(session);
    session.listeners.onDown({ reason, refused: false });
  }

  function lose(session: Session): void {
    if (!leave(session, 'lost')) return;
    if (session.will) accept(session.will.topic, toBytes(session.will.payload), true);
  }

  /** @returns false when it had ended before */
  function leave(session: Session, state: 'left' | 'lost'): boolean {
    if (session.state === 'left' || session.state === 'lost') return false;
    session.state = state;
    return sessions.delete(session.clientId);
  }

  function sessionOf(clientId: string): Session {
    const session = sessions.get(clientId);
    if (!session) throw new Error(`no client ${clientId} is connected`);
    return session;
  }
}

function isSubscribed({ filters }: Session, topic: string): boolean {
  return filters.some((filter) => topicMatches(filter, topic));
}

/** A copy: the caller may go on to change its array. */
function toBytes(payload: string | Uint8Array): Uint8Array {
  return typeof payload === 'string' ? new TextEncoder().encode(payload) : payload.slice();
}
