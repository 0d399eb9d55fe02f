import { type LastingReply, PROTOCOL_VERSION, type Reply, type ReplyOf } from '../../protocol/index.ts';
import type { AgentEffect } from './agent-port.ts';
import { type NewReply, ReplyLog } from './reply-log.ts';

/** The command that something is said about. */
interface About {
  readonly id: string;
  readonly run: string | undefined;
}

type Result = Omit<ReplyOf<'result'>, 'kind' | 'v' | 'session' | 'seq' | 'id' | 'run'>;
type Start = Pick<ReplyOf<'fired'>, 'startedMs' | 'uncertaintyMs' | 'stampedBy'>;
type Refusal = Extract<ReplyOf<'ack'>, { accepted: false }>;

/** Longest text of a status or an update. Brokers and small machines suffer from large messages. */
const LONGEST_TEXT = 16_000;

/** Says things: on REPLY, where they are numbered and kept, and statuses on STATUS as well, as their mirror. */
export class Voice {
  readonly #session: string;
  readonly #log: ReplyLog;
  readonly #emit: (effect: AgentEffect) => void;
  #lastStatus: ReplyOf<'status'> | undefined;

  constructor(session: string, emit: (effect: AgentEffect) => void) {
    this.#session = session;
    this.#log = new ReplyLog(session);
    this.#emit = emit;
  }

  get lastStatus(): ReplyOf<'status'> | undefined {
    return this.#lastStatus;
  }

  get lastSeq(): number {
    return this.#log.lastSeq;
  }

  /** Up to this number replies are missing from what could be said again. */
  get forgotten(): number {
    return this.#log.forgotten;
  }

  /** @param leftMs of what is to begin at an instant */
  acknowledge({ id, run }: About, now: number, leftMs?: number): void {
    this.#say({ kind: 'ack', id, run, accepted: true, ...(leftMs !== undefined && { leftMs }) }, now);
  }

  refuse({ id, run }: About, refusal: Refusal['refusal'], reason: string, now: number): void {
    this.#say({ kind: 'ack', id, run, accepted: false, refusal, reason }, now);
  }

  fired({ id, run }: About, start: Start, now: number): void {
    this.#say({ kind: 'fired', id, run, ...start }, now);
  }

  result({ id, run }: About, result: Result, now: number): void {
    this.#say({ kind: 'result', id, run, ...result }, now);
  }

  update(id: string, text: string, now: number): void {
    this.#say({ kind: 'update', id, text: shortened(text) }, now);
  }

  status(said: string, about: About | undefined, now: number): void {
    const text = shortened(said);
    const reply = this.#say({ kind: 'status', id: about?.id, run: about?.run, text }, now);
    if (reply.kind === 'status') this.#lastStatus = reply;
    this.#emit({ kind: 'status', text });
  }

  /** After a reconnect, or when an old session's will stands in its place. */
  repeatStatus(): void {
    if (!this.#lastStatus) return;
    this.#emit({ kind: 'reply', reply: { ...this.#lastStatus, repeat: true } });
    this.#emit({ kind: 'status', text: this.#lastStatus.text });
  }

  /** Sends again, unchanged, what was said after a number. */
  replayAfter(seq: number): void {
    this.#replay(this.#log.after(seq));
  }

  /** Sends again, unchanged, what was said about a command. */
  replayAbout(commandId: string): readonly LastingReply[] {
    const replies = this.#log.about(commandId);
    this.#replay(replies);
    return replies;
  }

  /** Passing replies: not numbered, not kept, useless when late. */
  passing(
    reply:
      | Omit<ReplyOf<'pong'>, 'v' | 'session' | 'seq'>
      | Omit<ReplyOf<'report'>, 'v' | 'session' | 'seq'>
      | Omit<ReplyOf<'probed'>, 'v' | 'session' | 'seq'>
      | Omit<ReplyOf<'strays'>, 'v' | 'session' | 'seq'>
      | Omit<ReplyOf<'inspected'>, 'v' | 'session' | 'seq'>,
  ): void {
    const head = { v: PROTOCOL_VERSION, session: this.#session, seq: this.#log.lastSeq } as const;
    this.#emit({ kind: 'reply', reply: { ...head, ...reply } as Reply });
  }

  prune(now: number, isUnfinished: (commandId: string) => boolean): void {
    this.#log.prune(now, isUnfinished);
  }

  #say(reply: NewReply, now: number): LastingReply {
    const numbered = this.#log.add(reply, now);
    this.#emit({ kind: 'reply', reply: numbered });
    return numbered;
  }

  #replay(replies: readonly LastingReply[]): void {
    for (const reply of replies) this.#emit({ kind: 'reply', reply });
  }
}

function shortened(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  // Cut between characters, not within one.
  const head = text.slice(0, LONGEST_TEXT).replace(/[\uD800-\uDBFF]$/, '');
  return `${head} [${text.length - head.length} characters left out]`;
}
