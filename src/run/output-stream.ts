import type { OutputBatch } from '../protocol/index.ts';

/** Notices what is missing between the numbered batches of a session. */
export class OutputStream {
  #session: string | undefined;
  #last = 0;

  /** How many batches are missing before this one; 0 for the first of a session that we hear of. */
  receive({ session, n }: OutputBatch): number {
    const lost = session === this.#session ? Math.max(0, n - this.#last - 1) : 0;
    this.#session = session;
    this.#last = n;
    return lost;
  }
}
