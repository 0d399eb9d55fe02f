import { closeSync } from 'node:fs';
import type { Clock, Dispose } from '../../base/index.ts';
import { ByteTail } from './byte-tail.ts';
import { FifoReader, openWriteEnd } from './fifo.ts';
import { LineSplitter } from './line-splitter.ts';
import { OutputCap } from './output-cap.ts';

/** At least this often, what the cap holds back is handed up, so that a server's log goes on over hours. */
const FLUSH_EVERY_MS = 60_000;
/** Pause after each chunk (64 kB) of a background process that prints more than the cap: it then waits for us. */
const BACKGROUND_PAUSE_MS = 10;
const SHOWN_TAIL_BYTES = 4096;
/** A tail of empty lines has a quarter of a million of them. */
const MOST_LINES_AT_ONCE = 1000;

interface OutputPipeOptions {
  /** A FIFO that only this pipe and the command's processes open. */
  readonly path: string;
  readonly clock: Clock;
  readonly onLines: (lines: readonly string[]) => void;
  /** Every process that could write here is gone. */
  readonly onEnd: () => void;
}

/** One output stream of one command, from its FIFO to capped lines; it outlives the function while a writer is left. */
export class OutputPipe {
  readonly path: string;
  /**
   * Until the command's processes have the FIFO open, this keeps its reader from seeing the end. A child may be given
   * it at birth. Closed by `finishForeground`.
   */
  readonly writeEnd: number;
  readonly #options: OutputPipeOptions;
  readonly #reader: FifoReader;
  readonly #cap = new OutputCap();
  readonly #splitter = new LineSplitter();
  readonly #shownTail = new ByteTail(SHOWN_TAIL_BYTES);
  #writeEndOpen = true;
  #droppedBytes = 0;
  #inBackground = false;
  #stopFlushTimer: Dispose | undefined;
  #stopPause: Dispose | undefined;

  constructor(options: OutputPipeOptions) {
    this.#options = options;
    this.path = options.path;
    this.#reader = new FifoReader(options.path, {
      onBytes: (chunk) => this.#push(chunk),
      onEnd: () => {
        this.close();
        options.onEnd();
      },
    });
    this.writeEnd = openWriteEnd(options.path);
  }

  /**
   * Hands up all that was written until now: the function has ended. What still comes is from background processes.
   * @returns the last 4 KiB since the start, and how much the cap dropped
   */
  finishForeground(): { readonly tail: string; readonly droppedBytes: number } {
    this.#reader.drain();
    this.#flush();
    this.#inBackground = true;
    this.#releaseWriteEnd();
    const isCut = this.#shownTail.seenBytes > SHOWN_TAIL_BYTES;
    const tail = this.#shownTail.take();
    return { tail: (isCut ? fromFirstLine(tail) : tail).toString('utf8'), droppedBytes: this.#droppedBytes };
  }

  /** Hands up what is left and lets go of the FIFO. */
  close(): void {
    this.#stopPause?.();
    this.#reader.close();
    this.#releaseWriteEnd();
    this.#flush();
  }

  #releaseWriteEnd(): void {
    if (this.#writeEndOpen) closeSync(this.writeEnd);
    this.#writeEndOpen = false;
  }

  #push(chunk: Uint8Array): void {
    if (!this.#inBackground) this.#shownTail.push(chunk);
    this.#handUp(this.#splitter.push(this.#cap.push(chunk)));
    this.#stopFlushTimer ??= this.#options.clock.setTimer(FLUSH_EVERY_MS, () => this.#flush());
    if (this.#inBackground && this.#cap.isOver) {
      this.#reader.pause();
      this.#stopPause = this.#options.clock.setTimer(BACKGROUND_PAUSE_MS, () => this.#reader.resume());
    }
  }

  #flush(): void {
    this.#stopFlushTimer?.();
    this.#stopFlushTimer = undefined;
    const { droppedBytes, tail } = this.#cap.flush();
    if (droppedBytes > 0) {
      this.#droppedBytes += droppedBytes;
      this.#handUp([...this.#splitter.finish(), `[${droppedBytes} bytes of output left out here]`]);
    }
    this.#handUp([
      ...this.#splitter.push(droppedBytes > 0 ? fromFirstLine(tail) : tail),
      ...this.#splitter.finish(),
    ]);
  }

  #handUp(lines: readonly string[]): void {
    for (let start = 0; start < lines.length; start += MOST_LINES_AT_ONCE) {
      this.#options.onLines(lines.slice(start, start + MOST_LINES_AT_ONCE));
    }
  }
}

/** Without the end of a line whose beginning was dropped. */
function fromFirstLine(tail: Buffer): Buffer {
  const lineEnd = tail.indexOf(0x0a);
  return lineEnd < 0 ? tail : tail.subarray(lineEnd + 1);
}
