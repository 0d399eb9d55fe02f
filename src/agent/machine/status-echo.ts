/**
 * The proof, once, that this agent may write and read its topics: a PUBACK and a SUBACK say nothing about that, so a
 * STATUS of its own must come back from the broker in time.
 */
export class StatusEcho {
  readonly #limitMs: number;
  #isProven = false;
  #awaited: { readonly text: string; readonly until: number; againAt: number } | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** When the awaited status is to be said again, or should have come back. */
  get deadline(): number {
    return this.#awaited ? Math.min(this.#awaited.againAt, this.#awaited.until) : Number.POSITIVE_INFINITY;
  }

  /** True when the awaited status has not come back in time. */
  isMissing(now: number): boolean {
    return this.#awaited !== undefined && this.#awaited.until <= now;
  }

  /** True when it is to be said again: a single message may be lost by a broker that permits everything. */
  isDueAgain(now: number): boolean {
    if (this.#awaited === undefined || this.#awaited.againAt > now) return false;
    this.#awaited.againAt = now + this.#limitMs / TRIES;
    return true;
  }

  said(text: string, now: number): void {
    if (!this.#isProven)
      this.#awaited ??= { text, until: now + this.#limitMs, againAt: now + this.#limitMs / TRIES };
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

/** How often the awaited status is said within the limit. */
const TRIES = 3;
