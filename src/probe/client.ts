import type { Clock } from '../base/index.ts';
import type { BareConnection, Message } from '../transport/index.ts';

/** A connection of a probe, and what came over it. */
export class Client {
  readonly received: Message[] = [];
  readonly #clock: Clock;
  #onMessage: () => void = () => {};
  #connection: BareConnection | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get connection(): BareConnection {
    if (!this.#connection) throw new Error('a client is used once it is connected');
    return this.#connection;
  }

  connected(connection: BareConnection): void {
    this.#connection = connection;
  }

  take(message: Message): void {
    this.received.push(message);
    this.#onMessage();
  }

  /** Waits until what was received is enough, or nothing more has come for so long. One wait at a time. */
  until(isEnough: () => boolean, quietMs: number): Promise<void> {
    if (isEnough()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        stopTimer();
        this.#onMessage = () => {};
        resolve();
      };
      let stopTimer = this.#clock.setTimer(quietMs, end);
      this.#onMessage = () => {
        stopTimer();
        if (isEnough()) end();
        else stopTimer = this.#clock.setTimer(quietMs, end);
      };
    });
  }

  /** The same for a number of messages. */
  async count(wanted: number, quietMs: number): Promise<number> {
    await this.until(() => this.received.length >= wanted, quietMs);
    return this.received.length;
  }
}

export function textOf({ payload }: Message): string {
  return new TextDecoder().decode(payload);
}
