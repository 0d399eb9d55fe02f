import { type Heartbeat, type Info, parseOffline, statusBeginsWith } from '../../protocol/index.ts';

/**
 * What a heartbeat on the node's own topic means. asked: another session wants the name, which is ours · taken: the
 * name is another session's · shared: another session lives under the name although it was granted to us.
 */
export type HeartbeatMeaning = 'nothing' | 'asked' | 'taken' | 'shared';

/**
 * Whether this session may use its node's name: asked at every connect by a heartbeat that is a claim. Its echo marks
 * the end of what the broker had retained. If an INFO of another session stands there by then, and no last words of
 * it, that session is given the time limit to answer. Of two claims, the one that the broker hands out first counts.
 */
export class NameClaim {
  readonly #session: string;
  readonly #limitMs: number;
  #openUntil = Number.POSITIVE_INFINITY;
  #isEchoed = false;
  /** Sessions that claimed the name after this one did: what they say is no answer to our claim. */
  readonly #later = new Set<string>();
  #other: Info | undefined;
  #status = '';

  constructor(session: string, limitMs: number) {
    this.#session = session;
    this.#limitMs = limitMs;
  }

  /** True when the broker has handed back the claim: only then can another session's answer be heard. */
  get isEchoed(): boolean {
    return this.#isEchoed;
  }

  /** When the wait for an answer is over. */
  get deadline(): number {
    return this.#openUntil;
  }

  /** The claim goes out now. What was retained may have come already. */
  begin(now: number): void {
    this.#openUntil = now + this.#limitMs;
  }

  /** The connection is lost: the next one begins anew. */
  forget(): void {
    this.#openUntil = Number.POSITIVE_INFINITY;
    this.#isEchoed = false;
    this.#later.clear();
    this.#other = undefined;
    this.#status = '';
  }

  infoSeen(info: Info | undefined): void {
    this.#other = info?.session === this.#session ? undefined : info;
  }

  statusSeen(text: string): void {
    this.#status = text;
  }

  heartbeatSeen({ session, claim = false }: Heartbeat, now: number): HeartbeatMeaning {
    if (session === this.#session) {
      this.#isEchoed ||= claim;
      return 'nothing';
    }
    const isOpen = now < this.#openUntil;
    if (!claim) return isOpen && !this.#later.has(session) ? 'taken' : 'shared';
    if (isOpen && !this.#isEchoed) return 'taken';
    if (isOpen) this.#later.add(session);
    return 'asked';
  }

  isGranted(now: number): boolean {
    return now >= this.#openUntil || (this.#isEchoed && !this.#isRivalStanding());
  }

  /** Another session, as a person can recognise it. */
  describe(session: string): string {
    const info = this.#other;
    return info?.session === session
      ? `session ${session}, version ${info.version} on ${info.platform}`
      : `session ${session}`;
  }

  #isRivalStanding(): boolean {
    if (!this.#other) return false;
    const isGone =
      parseOffline(this.#status) === this.#other.session || statusBeginsWith(this.#status, ['TERMINATED']);
    return !isGone;
  }
}
