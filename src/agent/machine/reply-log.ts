import { type LastingReply, PROTOCOL_VERSION } from '../../protocol/index.ts';

type Unnumbered<R> = R extends unknown ? Omit<R, 'v' | 'session' | 'seq'> : never;
/** A lasting reply before it has its number. */
export type NewReply = Unnumbered<LastingReply>;

interface Kept {
  readonly reply: LastingReply;
  readonly saidAt: number;
}

/** How long, and how many, replies of finished commands are kept for a control machine that missed them. */
const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 10_000;
/** Forgetting costs a pass over all, so it is done now and then only. */
const PRUNE_EVERY_MS = 60_000;
const PRUNE_SURPLUS = 1_000;

/** What the agent said, numbered, so that whoever missed a part can ask for everything after a number. */
export class ReplyLog {
  readonly #session: string;
  readonly #kept: Kept[] = [];
  #lastSeq = 0;
  #pruneAt = 0;

  constructor(session: string) {
    this.#session = session;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  get size(): number {
    return this.#kept.length;
  }

  add(reply: NewReply, now: number): LastingReply {
    this.#lastSeq += 1;
    const numbered: LastingReply = {
      v: PROTOCOL_VERSION,
      session: this.#session,
      seq: this.#lastSeq,
      ...reply,
    };
    this.#kept.push({ reply: numbered, saidAt: now });
    return numbered;
  }

  after(seq: number): readonly LastingReply[] {
    return this.#kept.filter((kept) => kept.reply.seq > seq).map((kept) => kept.reply);
  }

  about(commandId: string): readonly LastingReply[] {
    return this.#kept.filter((kept) => kept.reply.id === commandId).map((kept) => kept.reply);
  }

  /**
   * Forgets, now and then, what is older than ten minutes or beyond ten thousand, oldest first. What was said about a command that has
   * not ended stays, except its updates, of which only the number is bounded.
   */
  prune(now: number, isUnfinished: (commandId: string) => boolean): void {
    const oldest = now - KEPT_MS;
    const surplus = this.#kept.length - MOST_KEPT;
    if (surplus < PRUNE_SURPLUS && now < this.#pruneAt) return;
    this.#pruneAt = now + PRUNE_EVERY_MS;
    let toDrop = surplus;
    const remaining = this.#kept.filter(({ reply, saidAt }) => {
      const needed = reply.id !== undefined && isUnfinished(reply.id);
      if (needed && reply.kind !== 'update') return true;
      if ((needed || saidAt > oldest) && toDrop <= 0) return true;
      toDrop -= 1;
      return false;
    });
    this.#kept.splice(0, this.#kept.length, ...remaining);
  }
}
