import type { Clock, Dispose } from '../base/index.ts';
import type { AgentChannel } from '../channel/index.ts';
import type { OutputBatch } from '../protocol/index.ts';

/** A batch goes out when it has this many characters, or after this time. */
const BATCH_CHARACTERS = 16_000;
const BATCH_MS = 100;
/** Batches handed to the transport and not yet acknowledged: while a function runs, and at its end. */
const MOST_IN_FLIGHT = 8;
const MOST_IN_FLIGHT_AT_END = 256;
/** Characters that wait for the broker; what comes on top is dropped, counted and said. */
const MOST_WAITING_CHARACTERS = 1_500_000;
/** Of so many commands, background ones included, the number of the last batch is known. */
const MOST_COMMANDS = 100;
/** What a batch costs beyond its text, in characters. */
const BATCH_OVERHEAD = 200;

type OutputStream = OutputBatch['stream'];

interface Batch {
  readonly id: string | undefined;
  readonly stream: OutputStream;
  readonly lines: string[];
  characters: number;
  /** Lines that should have come here, and of which only the number is left. */
  droppedLines: number;
}

/** A batch with the number under which it goes out. */
interface NumberedBatch extends Batch {
  readonly n: number;
}

interface OutputBatcherOptions {
  readonly channel: Pick<AgentChannel, 'connected' | 'output'>;
  readonly clock: Clock;
  readonly session: string;
}

/**
 * Gathers output lines into few messages, in order, and hands them over only as fast as the broker takes them. While
 * the broker is gone they wait here, up to a bound.
 */
export class OutputBatcher {
  readonly #options: OutputBatcherOptions;
  readonly #waiting: NumberedBatch[] = [];
  /** Number of the last batch of a command, for the latest commands. */
  readonly #lastOf = new Map<string, number>();
  #waitingCharacters = 0;
  #open: Batch | undefined;
  #stopTimer: Dispose = () => {};
  #inFlight = 0;
  #n = 0;

  constructor(options: OutputBatcherOptions) {
    this.#options = options;
  }

  add(id: string | undefined, stream: OutputStream, lines: readonly string[]): void {
    for (const line of lines) {
      if (this.#open && (this.#open.id !== id || this.#open.stream !== stream)) this.#close();
      const batch = this.#openBatch(id, stream);
      batch.lines.push(line);
      batch.characters += line.length + 1;
      if (batch.characters >= BATCH_CHARACTERS) this.#close();
    }
  }

  /** Hands over what has gathered without waiting for more, nor for the broker: a result is to come after it. */
  flush(): void {
    this.#close(MOST_IN_FLIGHT_AT_END);
  }

  /** The number of the last batch that has something of this command, once it was flushed. Asked for once, at its end. */
  lastOf(id: string): number | undefined {
    const n = this.#lastOf.get(id);
    this.#lastOf.delete(id);
    return n;
  }

  #openBatch(id: string | undefined, stream: OutputStream): Batch {
    if (!this.#open) {
      this.#open = { id, stream, lines: [], characters: BATCH_OVERHEAD, droppedLines: 0 };
      this.#stopTimer = this.#options.clock.setTimer(BATCH_MS, () => this.#close());
    }
    return this.#open;
  }

  #close(mostInFlight = MOST_IN_FLIGHT): void {
    this.#stopTimer();
    const batch = this.#open;
    this.#open = undefined;
    if (batch) this.#enqueue(batch);
    this.#send(mostInFlight);
  }

  #enqueue(batch: Batch): void {
    const last = this.#waiting.at(-1);
    if (this.#waitingCharacters + batch.characters <= MOST_WAITING_CHARACTERS) {
      this.#number(batch);
      this.#waitingCharacters += batch.characters;
    } else if (last && last.droppedLines > 0) {
      last.droppedLines += batch.lines.length;
    } else {
      this.#number({ ...batch, lines: [], characters: 0, droppedLines: batch.lines.length });
    }
  }

  #number(batch: Batch): void {
    this.#n += 1;
    this.#waiting.push({ ...batch, n: this.#n });
    if (batch.id === undefined) return;
    this.#lastOf.delete(batch.id);
    this.#lastOf.set(batch.id, this.#n);
    const [oldest] = this.#lastOf.keys();
    if (this.#lastOf.size > MOST_COMMANDS && oldest !== undefined) this.#lastOf.delete(oldest);
  }

  #send(mostInFlight: number): void {
    const { channel, session } = this.#options;
    while (channel.connected && this.#inFlight < mostInFlight) {
      const batch = this.#waiting.shift();
      if (!batch) return;
      this.#waitingCharacters -= batch.characters;
      this.#inFlight += 1;
      const { n, id, stream } = batch;
      void channel
        .output({ session, n, ...(id !== undefined && { id }), stream, lines: linesOf(batch) })
        .finally(() => {
          this.#inFlight -= 1;
          this.#send(MOST_IN_FLIGHT);
        });
    }
  }
}

function linesOf({ lines, droppedLines }: Batch): string[] {
  if (droppedLines === 0) return lines;
  return [...lines, `[${droppedLines} lines were dropped here: the broker could not take them]`];
}
