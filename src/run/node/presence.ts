import { formatDuration } from '../../base/index.ts';
import type { NodeState } from '../../events/index.ts';
import { type Info, parseOffline, readsTextOnly, statusBeginsWith } from '../../protocol/index.ts';

/** Wills and silence in proportion to the heartbeat: 40 s idle and 15 s busy for one of 15 s. */
const SILENCE_IDLE = 8 / 3;
const SILENCE_BUSY = 1;
/** With an INFO a node is mostly ours, and its answers are late or lost: it counts as legacy so many times later. */
const PATIENCE_WITH_INFO = 4;
/** After this part of the silence it is asked: its heartbeats alone may have been lost. */
const QUIET = 1 / 2;
/** Sessions of this node that are over; what they still say is ignored. */
const MOST_PAST_SESSIONS = 16;

export interface PresenceSettings {
  readonly offlineGraceMs: number;
  readonly reconnectGraceMs: number;
  /** How long a node with a status and no INFO may stay unanswered before it counts as legacy. */
  readonly legacyAfterMs: number;
}

export interface PresenceChange {
  readonly state: NodeState;
  readonly detail: string;
}

/**
 * Whether a node is there, and as what: from its INFO, its will, its heartbeats and whether it answers.
 * Silence and grace count only while the control machine itself is connected.
 */
export class Presence {
  readonly #settings: PresenceSettings;
  readonly #onChange: (change: PresenceChange) => void;
  readonly #onQuiet: (now: number) => void;
  readonly #pastSessions = new Set<string>();
  #state: NodeState = 'unknown';
  #session: string | undefined;
  #info: Info | undefined;
  /** An INFO that nobody has spoken for yet. */
  #candidate: Info | undefined;
  #heardAt: number | undefined;
  #busy = false;
  /** It has been asked since it was last heard. */
  #isAsked = false;
  #graceUntil = 0;
  /** No grace ends before this: the node may need its time to come back after the same outage as ours. */
  #longGraceUntil = 0;
  /** When an unanswered node counts as legacy, if it has shown a status. */
  #legacyAt = Number.POSITIVE_INFINITY;
  #askedAt: number | undefined;
  #shownStatus = false;
  /** The session of the last OFFLINE. */
  #offlineSession: string | undefined;
  #reason = 'it has not been heard of';
  #lastWords: 'offline' | 'terminated' | undefined;

  /** @param onQuiet called when it is to be asked, before its silence counts */
  constructor(
    settings: PresenceSettings,
    onChange: (change: PresenceChange) => void,
    onQuiet: (now: number) => void = () => {},
  ) {
    this.#settings = settings;
    this.#onChange = onChange;
    this.#onQuiet = onQuiet;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** The session that is alive, or was the last one alive. */
  get session(): string | undefined {
    return this.#session;
  }

  get info(): Info | undefined {
    return this.#info;
  }

  /** When the live session last gave a sign of life. */
  get heardAt(): number | undefined {
    return this.#heardAt;
  }

  /** Why it is not alive, as the end of a sentence. */
  get reason(): string {
    return this.#reason;
  }

  /** Whether its STATUS says that its agent is gone. */
  get lastWords(): 'offline' | 'terminated' | undefined {
    return this.#lastWords;
  }

  /** True when it has shown an INFO, so that it may be asked on its own topic. */
  get hasInfo(): boolean {
    return this.#candidate !== undefined || this.#info !== undefined;
  }

  /** True when it has shown an INFO, and by that reads plain text only. */
  get readsTextOnly(): boolean {
    const info = this.#candidate ?? this.#info;
    return info !== undefined && readsTextOnly(info);
  }

  /** An INFO that stands there without a last word of its session, and nobody has spoken for it yet. */
  get unanswered(): Info | undefined {
    const info = this.#candidate;
    return this.#state === 'silent' && info?.session !== this.#offlineSession ? info : undefined;
  }

  /** How many sessions are remembered. */
  get size(): number {
    return this.#pastSessions.size;
  }

  isPast(session: string): boolean {
    return this.#pastSessions.has(session);
  }

  nextDeadline(): number {
    switch (this.#state) {
      case 'alive':
        return this.#silenceDeadline(this.#isAsked ? 1 : QUIET);
      case 'reconnecting':
        return this.#graceUntil;
      case 'unknown':
      case 'silent':
        return this.#legacyAt;
      default:
        return Number.POSITIVE_INFINITY;
    }
  }

  asked(now: number): void {
    this.#askedAt ??= now;
    if (this.#shownStatus) this.#legacyAt = Math.min(this.#legacyAt, now + this.#settings.legacyAfterMs);
  }

  /** A sign of life of a session. Returns false when it is not (yet) the live one: over, or without INFO. */
  heard(session: string, now: number, busy?: boolean): boolean {
    if (this.isPast(session)) return false;
    if (session !== this.#session) {
      if (this.#candidate?.session !== session) return false;
      this.#begin(this.#candidate);
    }
    this.#heardAt = now;
    this.#isAsked = false;
    if (busy !== undefined) this.#busy = busy;
    if (this.#state === 'reconnecting' || this.#state === 'lost') this.#to('alive', 'it is back');
    else if (this.#state !== 'alive') this.#to('alive', '');
    return true;
  }

  /** An agent that reads neither is spoken to as a legacy one: its STATUS says that it is there. */
  infoSeen(info: Info, retained: boolean, now: number): void {
    if (!info.accepts.includes('envelope') && !readsTextOnly(info)) return;
    if (this.isPast(info.session)) return;
    this.#candidate = info;
    // What was shown before may be its own words: only what comes from now on can be somebody else's.
    this.#shownStatus = false;
    this.#legacyAt = Number.POSITIVE_INFINITY;
    if (!retained) this.heard(info.session, now);
    else if (this.#state === 'unknown') this.#to('silent', 'it has an INFO but does not answer');
  }

  /** INFO was cleared: the agent has terminated. */
  infoCleared(): void {
    this.#candidate = undefined;
    if (this.#state === 'alive' || this.#state === 'reconnecting') {
      if (this.#session !== undefined) this.#retire(this.#session);
      this.#to('terminated', 'it has terminated');
    }
  }

  statusSeen(text: string, retained: boolean, now: number): void {
    const offline = parseOffline(text);
    this.#lastWords = lastWordsIn(text);
    if (offline !== undefined) {
      this.#offlineSession = offline;
      this.#offline(offline, now);
      return;
    }
    if (this.#state !== 'unknown' && this.#state !== 'silent') return;
    if (retained && statusBeginsWith(text, ['TERMINATED'])) {
      this.#to('silent', 'its last status is TERMINATED');
      return;
    }
    if (retained && this.#candidate) return;
    this.#shownStatus = true;
    const from = retained ? this.#askedAt : now;
    const { legacyAfterMs } = this.#settings;
    const afterMs = this.#candidate ? PATIENCE_WITH_INFO * legacyAfterMs : legacyAfterMs;
    if (from !== undefined) this.#legacyAt = Math.min(this.#legacyAt, from + afterMs);
  }

  /** The control machine is back after an outage: silence and grace start afresh. */
  reconnected(now: number): void {
    if (this.#heardAt !== undefined) this.#heardAt = now;
    this.#isAsked = false;
    this.#longGraceUntil = now + this.#settings.reconnectGraceMs;
    if (this.#state === 'reconnecting') this.#graceUntil = this.#longGraceUntil;
    if (Number.isFinite(this.#legacyAt)) this.#legacyAt = now + this.#settings.legacyAfterMs;
  }

  tick(now: number): void {
    if (now < this.nextDeadline()) return;
    switch (this.#state) {
      case 'alive':
        if (now < this.#silenceDeadline(1)) {
          this.#isAsked = true;
          this.#onQuiet(now);
          return;
        }
        this.#to('lost', `nothing was heard of it for ${formatDuration(now - (this.#heardAt ?? now))}`);
        return;
      case 'reconnecting':
        this.#to('lost', 'the broker said OFFLINE and it did not come back');
        return;
      case 'unknown':
      case 'silent':
        this.#legacyAt = Number.POSITIVE_INFINITY;
        this.#to('legacy', 'it answers with its STATUS alone, and a retained ALIVE is no proof of life');
        return;
    }
  }

  #begin(info: Info): void {
    const before = this.#session;
    if (before !== undefined) this.#retire(before);
    this.#session = info.session;
    this.#info = info;
    this.#busy = false;
    this.#legacyAt = Number.POSITIVE_INFINITY;
    if (before !== undefined) this.#to('alive', 'a new session: the agent was started again');
  }

  #offline(session: string, now: number): void {
    if (this.#state === 'alive' && session === this.#session) {
      this.#graceUntil = Math.max(now + this.#settings.offlineGraceMs, this.#longGraceUntil);
      this.#to('reconnecting', 'the broker says OFFLINE');
    } else if (this.#state === 'unknown' || this.#state === 'silent') {
      this.#to('silent', 'its last status is OFFLINE');
    }
  }

  #silenceDeadline(part: number): number {
    const heartbeatMs = this.#info?.heartbeatMs ?? Number.POSITIVE_INFINITY;
    return (this.#heardAt ?? 0) + part * heartbeatMs * (this.#busy ? SILENCE_BUSY : SILENCE_IDLE);
  }

  #retire(session: string): void {
    this.#pastSessions.add(session);
    if (this.#pastSessions.size <= MOST_PAST_SESSIONS) return;
    const [oldest] = this.#pastSessions;
    if (oldest !== undefined) this.#pastSessions.delete(oldest);
  }

  #to(state: NodeState, detail: string): void {
    this.#state = state;
    this.#reason = detail;
    this.#onChange({ state, detail });
  }
}

function lastWordsIn(text: string): 'offline' | 'terminated' | undefined {
  if (parseOffline(text) !== undefined) return 'offline';
  return statusBeginsWith(text, ['TERMINATED']) ? 'terminated' : undefined;
}
