import { type LastingReply, PROTOCOL_VERSION } from '../../protocol/index.ts';

type Unnumbered<R> = R extends unknown ? Omit<R, 'v' | 'session' | 'seq'> : never;
/** A lasting reply before it has its number. */
export type NewReply = Unnumbered<LastingReply>;

interface Kept {
  readonly reply: LastingReply;
  readonly saidAt: number;
}

/** How long, and how many, replies are kept for a control machine that missed them. */
const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 10_000;
/** Forgetting costs a pass over all, so it is done now and then only. */
const PRUNE_EVERY_MS = 60_000;
const PRUNE_SURPLUS = 1_000;

/** What the agent said, numbered, so that whoever missed a part can ask for everything after a number. */
export class ReplyLog {
  readonly #session: string;
  #kept: Kept[] = [];
  #lastSeq = 0;
  #forgotten = 0;
  #pruneAt = 0;
  #pruneAtSize = MOST_KEPT + PRUNE_SURPLUS;

  constructor(session: string) {
    this.#session = session;
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** The highest number that is no longer kept; 0 when all are. */
  get forgotten(): number {
    return this.#forgotten;
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
   * Forgets, now and then, what is older than ten minutes or beyond ten thousand, oldest first. What was said about a
   * command that has not ended is never too old, and its ack, of which there is one, is not counted either.
   */
  prune(now: number, isUnfinished: (commandId: string) => boolean): void {
    if (now < this.#pruneAt && this.#kept.length < this.#pruneAtSize) return;
    let surplus = this.#kept.filter((kept) => isRecent(kept) && !isNeeded(kept)).length - MOST_KEPT;
    this.#kept = this.#kept.filter((kept) => {
      const isSurplus = isRecent(kept) && !isNeeded(kept) && surplus > 0;
      if (isSurplus) surplus -= 1;
      const stays = isRecent(kept) && !isSurplus;
      if (!stays) this.#forgotten = Math.max(this.#forgotten, kept.reply.seq);
      return stays;
    });
    this.#pruneAt = now + PRUNE_EVERY_MS;
    this.#pruneAtSize = Math.max(this.#kept.length, MOST_KEPT) + PRUNE_SURPLUS;

    function isRecent(kept: Kept): boolean {
      return kept.saidAt > now - KEPT_MS || isAboutUnfinished(kept);
    }

    function isAboutUnfinished({ reply }: Kept): boolean {
      return reply.id !== undefined && isUnfinished(reply.id);
    }

    function isNeeded(kept: Kept): boolean {
      return kept.reply.kind === 'ack' && isAboutUnfinished(kept);
    }
  }
}
