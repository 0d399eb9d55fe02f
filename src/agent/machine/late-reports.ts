/** Questions that wait for their answer at the same time; more are answered at once. */
const MOST_WAITING = 100;
const LONGEST_MS = 60_000;

/**
 * When to answer a question to all agents that gives them time: each at an instant of its own, since a broker loses
 * what thousands say at once.
 */
export class LateReports {
  /** How much of the time this agent lets pass, 0 to 1. */
  readonly #share: number;
  /** Id of the question → when it is answered. */
  readonly #dueAt = new Map<string, number>();

  constructor(session: string) {
    this.#share = shareOf(session);
  }

  get deadline(): number {
    return Math.min(...this.#dueAt.values());
  }

  /** @param within as the question says it; a whole number of milliseconds, or the answer is due at once */
  putOff(questionId: string, within: string | undefined, now: number): void {
    const withinMs = /^\d{1,5}$/.test(within ?? '') && this.#dueAt.size < MOST_WAITING ? Number(within) : 0;
    this.#dueAt.set(questionId, now + this.#share * Math.min(withinMs, LONGEST_MS));
  }

  /** The questions to be answered now. */
  takeDue(now: number): readonly string[] {
    const due = [...this.#dueAt].filter(([, at]) => at <= now).map(([id]) => id);
    for (const id of due) this.#dueAt.delete(id);
    return due;
  }
}

/** The same for a session at all times, and evenly spread over many (FNV-1a). */
function shareOf(session: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < session.length; i += 1) hash = Math.imul(hash ^ session.charCodeAt(i), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}
