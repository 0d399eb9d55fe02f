/** Keeps the last bytes of a stream, in memory that never grows. */
export class ByteTail {
  readonly #limitBytes: number;
  #ring: Buffer | undefined;
  #next = 0;
  #seenBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** All bytes since the last `take`, kept or not. */
  get seenBytes(): number {
    return this.#seenBytes;
  }

  push(chunk: Uint8Array): void {
    this.#ring ??= Buffer.allocUnsafe(this.#limitBytes);
    this.#seenBytes += chunk.length;
    const kept = chunk.subarray(-this.#limitBytes);
    const first = kept.subarray(0, this.#limitBytes - this.#next);
    const wrapped = kept.subarray(first.length);
    this.#ring.set(first, this.#next);
    this.#ring.set(wrapped, 0);
    this.#next = (this.#next + kept.length) % this.#limitBytes;
  }

  /** The kept bytes in order; forgets them, and gives the memory back. */
  take(): Buffer {
    const ring = this.#ring ?? Buffer.alloc(0);
    const kept =
      this.#seenBytes < this.#limitBytes
        ? ring.subarray(0, this.#seenBytes)
        : Buffer.concat([ring.subarray(this.#next), ring.subarray(0, this.#next)]);
    this.#ring = undefined;
    this.#next = 0;
    this.#seenBytes = 0;
    return kept;
  }
}
