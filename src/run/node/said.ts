import { statusBeginsWith } from '../../protocol/index.ts';

const MOST_TEXTS = 1000;

/** What a session has said, each text with the latest number it was said under. Bounded: the oldest text goes first. */
export class Said {
  readonly #latestSeq = new Map<string, number>();

  get size(): number {
    return this.#latestSeq.size;
  }

  record(text: string, seq: number): void {
    this.#latestSeq.delete(text);
    this.#latestSeq.set(text, seq);
    if (this.#latestSeq.size <= MOST_TEXTS) return;
    const [oldest] = this.#latestSeq.keys();
    if (oldest !== undefined) this.#latestSeq.delete(oldest);
  }

  /** True when a status beginning with these words was said after that number. */
  beginsWith(words: readonly string[], afterSeq: number): boolean {
    for (const [text, seq] of this.#latestSeq) {
      if (seq > afterSeq && statusBeginsWith(text, words)) return true;
    }
    return false;
  }

  clear(): void {
    this.#latestSeq.clear();
  }
}
