import type { ReplyOf } from '../../protocol/index.ts';
import { type ClockEstimate, OffsetEstimator } from '../../sync/index.ts';

/** Pings that nobody answers are forgotten, the oldest first. */
const MOST_UNANSWERED = 256;
/** What was known a moment ago is good enough to go on with: to reckon it anew at each pong would delay the next one. */
const STALE_MS = 100;

/** What one node's pongs tell of its clock. Another session of its agent is another clock. */
export class NodeClock {
  readonly #estimator = new OffsetEstimator();
  /** Other control machines read the same topic: only a pong to a ping of ours counts, and once. */
  readonly #unanswered = new Set<string>();
  #session: string | undefined;
  #recent: ClockEstimate | undefined;
  #recentAt = Number.NEGATIVE_INFINITY;
  #pingedAt = Number.NEGATIVE_INFINITY;

  /** The session whose clock it is. */
  get session(): string | undefined {
    return this.#session;
  }

  /** When the last ping went out, as far as is known here. */
  get pingedAt(): number {
    return this.#pingedAt;
  }

  /** How many things are remembered. */
  get size(): number {
    return this.#unanswered.size + this.#estimator.size;
  }

  pinged(id: string, now: number): void {
    this.#pingedAt = now;
    this.#unanswered.add(id);
    const [oldest] = this.#unanswered;
    if (oldest !== undefined && this.#unanswered.size > MOST_UNANSWERED) this.#unanswered.delete(oldest);
  }

  /** @returns whether it was the answer to a ping of ours */
  hear({ id, session, t0, t1, t2 }: ReplyOf<'pong'>, receivedAt: number): boolean {
    if (!this.#unanswered.delete(id)) return false;
    if (session !== this.#session) this.#forgetTrips();
    this.#session = session;
    this.#estimator.add({ t0, t1, t2, t3: receivedAt });
    return true;
  }

  /** As it was a moment ago. */
  recent(now: number): ClockEstimate | undefined {
    if (this.#recent && now - this.#recentAt <= STALE_MS) return this.#recent;
    this.#recent = this.#estimator.estimate(now);
    this.#recentAt = now;
    return this.#recent;
  }

  estimate(at: number): ClockEstimate | undefined {
    return this.#estimator.estimate(at);
  }

  /** Our own clock has jumped. */
  forget(): void {
    this.#forgetTrips();
    this.#unanswered.clear();
  }

  #forgetTrips(): void {
    this.#estimator.forget();
    this.#recent = undefined;
  }
}
