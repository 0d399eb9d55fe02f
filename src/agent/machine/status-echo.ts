/**
 * The proof, once, that this agent may write and read its topics: a PUBACK and a SUBACK say nothing about that, so a
 * STATUS of its own must come back from the broker in time.
 */
export class StatusEcho {
  readonly #limitMs: number;
  #isProven = false;
  #awaited: { readonly text: string; readonly until: number } | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** When the awaited status should have come back. */
  get deadline(): number {
    return this.#awaited?.until ?? Number.POSITIVE_INFINITY;
  }

  said(text: string, now: number): void {
    if (!this.#isProven) this.#awaited ??= { text, until: now + this.#limitMs };
  }

  heard(text: string): void {
    if (text !== this.#awaited?.text) return;
    this.#isProven = true;
    this.#awaited = undefined;
  }

  /** The connection is lost, and what was on its way with it. */
  forget(): void {
    this.#awaited = undefined;
  }
}
