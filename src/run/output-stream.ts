import type { OutputBatch } from '../protocol/index.ts';

/** Notices what is missing between the numbered batches of a session. */
export class OutputStream {
  #session: string | undefined;
  #last = 0;
  /** What was said to have been sent, and has not come. */
  #awaited: { readonly session: string; readonly n: number } | undefined;

  /** True while something that was announced is missing. */
  get isAwaited(): boolean {
    return this.#awaited !== undefined;
  }

  /** The agent says that it has sent this batch. */
  announce(session: string, n: number): void {
    if (session !== this.#session || n > this.#last) this.#awaited = { session, n };
  }

  /**
   * How many batches are missing before this one; 0 for the first of a session that we hear of. Undefined for one that
   * was received before: the broker may deliver twice [MQTT-4.3.2-2].
   */
  receive({ session, n }: OutputBatch): number | undefined {
    const isKnown = session === this.#session;
    if (isKnown && n <= this.#last) return undefined;
    const lost = isKnown ? n - this.#last - 1 : 0;
    this.#session = session;
    this.#last = n;
    if (session === this.#awaited?.session && n >= this.#awaited.n) this.#awaited = undefined;
    return lost;
  }
}
