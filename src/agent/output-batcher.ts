import type { Clock, Dispose } from '../base/index.ts';
import type { AgentChannel } from '../channel/index.ts';
import type { OutputBatch } from '../protocol/index.ts';

/** A batch goes out when it has this many characters, or after this time. */
const BATCH_CHARACTERS = 16_000;
const BATCH_MS = 100;
/** Batches handed to the transport and not yet acknowledged. */
const MOST_IN_FLIGHT = 8;
/** Batches that wait for the broker; what comes on top is dropped, counted and said. */
const MOST_WAITING = 64;

type OutputStream = OutputBatch['stream'];

interface OpenBatch {
  readonly id: string | undefined;
  readonly stream: OutputStream;
  readonly lines: string[];
  characters: number;
}

interface OutputBatcherOptions {
  readonly channel: AgentChannel;
  readonly clock: Clock;
  readonly session: string;
}

/**
 * Gathers output lines into few messages, in order, and hands them over only as fast as the broker takes them. While
 * the broker is gone they wait here, up to a bound.
 */
export class OutputBatcher {
  readonly #options: OutputBatcherOptions;
  readonly #waiting: OpenBatch[] = [];
  #open: OpenBatch | undefined;
  #stopTimer: Dispose = () => {};
  #inFlight = 0;
  #dropped = 0;
  #n = 0;

  constructor(options: OutputBatcherOptions) {
    this.#options = options;
  }

  add(id: string | undefined, stream: OutputStream, lines: readonly string[]): void {
    for (const line of lines) {
      if (this.#open && (this.#open.id !== id || this.#open.stream !== stream)) this.flush();
      const batch = this.#openBatch(id, stream);
      batch.lines.push(line);
      batch.characters += line.length + 1;
      if (batch.characters >= BATCH_CHARACTERS) this.flush();
    }
  }

  /** Hands over what has gathered, without waiting for more. */
  flush(): void {
    this.#stopTimer();
    const batch = this.#open;
    this.#open = undefined;
    if (batch) this.#enqueue(batch);
    this.#send();
  }

  #openBatch(id: string | undefined, stream: OutputStream): OpenBatch {
    if (!this.#open) {
      this.#open = { id, stream, lines: [], characters: 0 };
      this.#stopTimer = this.#options.clock.setTimer(BATCH_MS, () => this.flush());
    }
    return this.#open;
  }

  #enqueue(batch: OpenBatch): void {
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped += batch.lines.length;
      return;
    }
    if (this.#dropped > 0) {
      batch.lines.unshift(`[${this.#dropped} lines were dropped here: the broker could not take them]`);
      this.#dropped = 0;
    }
    this.#waiting.push(batch);
  }

  #send(): void {
    const { channel, session } = this.#options;
    while (channel.connected && this.#inFlight < MOST_IN_FLIGHT) {
      const batch = this.#waiting.shift();
      if (!batch) return;
      this.#n += 1;
      this.#inFlight += 1;
      const { id, stream, lines } = batch;
      void channel
        .output({ session, n: this.#n, ...(id !== undefined && { id }), stream, lines })
        .finally(() => {
          this.#inFlight -= 1;
          this.#send();
        });
    }
  }
}
