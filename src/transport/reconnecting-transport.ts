import {
  type Clock,
  type Dispose,
  formatDuration,
  type Logger,
  silentLogger,
  withTimeout,
} from '../base/index.ts';
import { type Backoff, backoffDelayMs, DEFAULT_BACKOFF } from './backoff.ts';
import type { Dial, Link, LinkFailure, LinkListeners } from './link.ts';
import { PublishError } from './publish-error.ts';
import { checkTopic } from './topic-filter.ts';
import type { PublishOptions, Transport, TransportListeners } from './transport.ts';

export interface ReconnectOptions {
  readonly clock: Clock;
  /** Default: silent. Passwords and payloads are never logged. */
  readonly logger?: Logger;
  /** Default: 250 to 500 ms first, doubling up to 5 s. */
  readonly backoff?: Backoff;
  /** How long one attempt may take, subscriptions included. Default 5000. */
  readonly connectTimeoutMs?: number;
  /** How long a publish may wait for its confirmation. Default 10 000. */
  readonly publishDeadlineMs?: number;
  /** Numbers from 0 up to, not including, 1; for the jitter. Default `Math.random`. */
  readonly random?: () => number;
}

/** Packet identifiers are 16 bits and not 0 [MQTT-2.3.1-1], so no more publishes can await their PUBACK. */
const MOST_IN_FLIGHT = 65_535;

const CLOSE_DEADLINE_MS = 1000;

/** Some brokers take whoever they throw out a moment later: such a connection is no better than a failed attempt. */
const SHORTEST_UP_MS = 1000;

const IGNORE: TransportListeners = { onMessage() {}, onConnection() {} };

/** Keeps one link up: whenever it is lost, a new one is dialled. */
export class ReconnectingTransport implements Transport {
  readonly #dial: Dial;
  readonly #options: Required<ReconnectOptions>;
  readonly #inFlight = new Set<(problem: string) => void>();
  #filters: readonly string[] = [];
  #listeners = IGNORE;
  #opened = false;
  #link: Link | undefined;
  #wasConnected = false;
  #waitsSinceUp = 0;
  #upAt = 0;
  #stopWaiting: Dispose = () => {};
  #abortLink: Dispose = () => {};
  #closing: Promise<void> | undefined;

  constructor(dial: Dial, options: ReconnectOptions) {
    this.#dial = dial;
    this.#options = {
      clock: options.clock,
      logger: options.logger ?? silentLogger,
      backoff: options.backoff ?? DEFAULT_BACKOFF,
      connectTimeoutMs: options.connectTimeoutMs ?? 5000,
      publishDeadlineMs: options.publishDeadlineMs ?? 10_000,
      random: options.random ?? Math.random,
    };
  }

  get connected(): boolean {
    return this.#link !== undefined;
  }

  open(filters: readonly string[], listeners: TransportListeners): void {
    if (this.#opened || this.#closing) throw new Error('a transport is opened once, and not after close');
    this.#opened = true;
    this.#filters = filters;
    this.#listeners = {
      onMessage: loud(listeners.onMessage),
      onConnection: loud(listeners.onConnection),
    };
    this.#connect();
  }

  publish(topic: string, payload: string | Uint8Array, options: PublishOptions): Promise<void> {
    const topicProblem = checkTopic(topic);
    if (topicProblem) return rejected(topic, `the topic ${topicProblem}`);
    const link = this.#link;
    if (!link) return rejected(topic, 'not connected to the broker');
    if (this.#inFlight.size >= MOST_IN_FLIGHT) {
      return rejected(topic, `${MOST_IN_FLIGHT} messages already wait for the broker`);
    }
    const { clock, publishDeadlineMs } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = (problem?: string): void => {
        stopTimer();
        this.#inFlight.delete(settle);
        if (problem === undefined) resolve();
        else reject(new PublishError(topic, problem));
      };
      const stopTimer = clock.setTimer(publishDeadlineMs, () =>
        settle(`the broker did not confirm it within ${formatDuration(publishDeadlineMs)}`),
      );
      this.#inFlight.add(settle);
      link.publish(topic, payload, options, settle);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  #connect(): void {
    const { clock, connectTimeoutMs } = this.#options;
    this.#abortLink();
    const abort = new AbortController();
    const stopTimer = clock.setTimer(connectTimeoutMs, () => {
      abort.abort();
      this.#onDown({
        reason: `the broker did not answer within ${formatDuration(connectTimeoutMs)}`,
        refused: false,
      });
    });
    this.#abortLink = () => {
      stopTimer();
      abort.abort();
    };
    const listeners: LinkListeners = {
      onMessage: this.#listeners.onMessage,
      onUp: (link) => {
        stopTimer();
        this.#onUp(link);
      },
      onDown: (failure) => {
        stopTimer();
        this.#onDown(failure);
      },
    };
    this.#dial(this.#filters, listeners, abort.signal);
  }

  #onUp(link: Link): void {
    const reconnected = this.#wasConnected;
    this.#link = link;
    this.#wasConnected = true;
    this.#upAt = this.#options.clock.now();
    this.#options.logger.debug(reconnected ? 'connected to the broker again' : 'connected to the broker');
    this.#listeners.onConnection({ kind: 'connected', reconnected });
  }

  #onDown({ reason, refused }: LinkFailure): void {
    const { clock, logger, backoff, random } = this.#options;
    const wasUp = this.#link !== undefined;
    this.#link = undefined;
    if (wasUp && clock.now() - this.#upAt >= SHORTEST_UP_MS) this.#waitsSinceUp = 0;
    const delayMs = backoffDelayMs(backoff, this.#waitsSinceUp, random());
    this.#waitsSinceUp += 1;
    this.#stopWaiting = clock.setTimer(delayMs, () => this.#connect());
    logger.debug(
      `${wasUp ? 'connection lost' : 'not connected'}: ${reason}; next attempt in ${formatDuration(delayMs)}`,
    );
    this.#rejectInFlight('the connection was lost before the broker confirmed it');
    this.#listeners.onConnection(
      wasUp ? { kind: 'disconnected', reason } : { kind: 'attempt-failed', reason, refused },
    );
  }

  async #end(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    this.#stopWaiting();
    this.#rejectInFlight('the connection was closed before the broker confirmed it');
    if (link) await withTimeout(this.#options.clock, link.close(), CLOSE_DEADLINE_MS, () => {});
    this.#abortLink();
  }

  #rejectInFlight(problem: string): void {
    for (const settle of [...this.#inFlight]) settle(problem);
  }
}

/**
 * A listener whose exception ends the process as the bug that it is. The MQTT library would catch it and take it for
 * trouble with the connection.
 */
function loud<T>(listener: (argument: T) => void): (argument: T) => void {
  return (argument) => {
    try {
      listener(argument);
    } catch (thrown) {
      queueMicrotask(() => {
        throw thrown;
      });
    }
  };
}

function rejected(topic: string, problem: string): Promise<never> {
  return Promise.reject(new PublishError(topic, problem));
}
