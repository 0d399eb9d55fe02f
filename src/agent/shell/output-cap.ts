import { ByteTail } from './byte-tail.ts';

/** What one stream of one command may hand up between two flushes: this much as it comes, and as much of its end. */
export const HEAD_BYTES = 256 * 1024;
export const TAIL_BYTES = 256 * 1024;

interface Flushed {
  readonly droppedBytes: number;
  readonly tail: Buffer;
}

/** Bounds a stream of bytes: its head passes, of the rest only the end is kept until `flush`, and the middle is counted. */
export class OutputCap {
  #headLeftBytes = HEAD_BYTES;
  readonly #tail = new ByteTail(TAIL_BYTES);

  /** True from the first byte that did not pass at once. */
  get isOver(): boolean {
    return this.#tail.seenBytes > 0;
  }

  /** @returns the part that passes at once; it shares the chunk's memory */
  push(chunk: Uint8Array): Uint8Array {
    const head = chunk.subarray(0, this.#headLeftBytes);
    this.#headLeftBytes -= head.length;
    if (head.length < chunk.length) this.#tail.push(chunk.subarray(head.length));
    return head;
  }

  /** What was held back; everything begins anew. */
  flush(): Flushed {
    const seenBytes = this.#tail.seenBytes;
    const tail = this.#tail.take();
    this.#headLeftBytes = HEAD_BYTES;
    return { droppedBytes: seenBytes - tail.length, tail };
  }
}
