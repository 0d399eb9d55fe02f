import type { Lease } from '../../protocol/index.ts';
import type { Moment } from './agent-port.ts';

interface Held extends Lease {
  /** 0: the lease never lapses. */
  readonly ttlMs: number;
  expiresAt: number;
}

export interface LeaseRequest {
  readonly run: string;
  readonly owner: string;
  readonly ttlMs: number;
  readonly takeOver: boolean;
}

/** Which run this node belongs to, and until when. */
export class LeaseHolder {
  #held: Held | undefined;

  get run(): string | undefined {
    return this.#held?.run;
  }

  /** As it is told to others. */
  get lease(): Lease | null {
    return this.#held ? { run: this.#held.run, owner: this.#held.owner, since: this.#held.since } : null;
  }

  /** When it lapses unless it is renewed. */
  get expiresAt(): number | undefined {
    return this.#held && this.#held.ttlMs > 0 ? this.#held.expiresAt : undefined;
  }

  isFreeFor(run: string | undefined): boolean {
    return this.#held === undefined || this.#held.run === run;
  }

  grant(request: LeaseRequest, now: Moment): void {
    const since = this.#held?.run === request.run ? this.#held.since : now.wall;
    this.#held = {
      run: request.run,
      owner: request.owner,
      since,
      ttlMs: request.ttlMs,
      expiresAt: now.mono + request.ttlMs,
    };
  }

  renew(run: string | undefined, now: Moment): void {
    if (this.#held && this.#held.run === run) this.#held.expiresAt = now.mono + this.#held.ttlMs;
  }

  release(run: string | undefined): void {
    if (this.#held?.run === run) this.#held = undefined;
  }

  /** Forgets a lease that has lapsed, and hands it out. */
  lapse(now: Moment): (Lease & { readonly ttlMs: number }) | undefined {
    if (this.expiresAt === undefined || this.expiresAt > now.mono) return undefined;
    const lapsed = this.#held;
    this.#held = undefined;
    return lapsed;
  }

  /** `BUSY <run> <owner> since <time>` */
  describe(): string {
    if (!this.#held) return 'free';
    const since = new Date(this.#held.since).toISOString().replace(/\.\d+Z$/, 'Z');
    return `BUSY ${this.#held.run} ${this.#held.owner} since ${since}`;
  }
}

/** `_lease` arguments: owner, milliseconds to live (0: for ever, at most 11 days), and `take-over` or nothing. */
export function parseLeaseRequest(
  run: string | undefined,
  args: readonly string[],
): LeaseRequest | undefined {
  const [owner, ttl, mode] = args;
  if (run === undefined || owner === undefined || !/^\d{1,9}$/.test(ttl ?? '')) return undefined;
  return { run, owner, ttlMs: Number(ttl), takeOver: mode === 'take-over' };
}
