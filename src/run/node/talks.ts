import { type NodeName, parseOffline, statusBeginsWith } from '../../protocol/index.ts';
import type { Absences } from './absences.ts';
import type { Command } from './command.ts';
import type { CommandDesk } from './command-desk.ts';
import type { NodeEffect, NodeSettings } from './node-port.ts';
import type { Said } from './said.ts';
import { SessionTalk } from './session-talk.ts';
import { TextOnlyTalk } from './text-only-talk.ts';
import { TextTalk } from './text-talk.ts';

interface TalksOptions {
  readonly node: NodeName;
  readonly settings: NodeSettings;
  readonly desk: CommandDesk;
  readonly absences: Absences;
  readonly emit: (effect: NodeEffect) => void;
}

/** As whom presence knows the node. */
interface Partner {
  readonly session: string | undefined;
  readonly readsTextOnly: boolean;
}

/**
 * With whom one talks at a node, and so how: with an agent of ours, with one that has a session but reads plain text only,
 * or with one that has none. The talk is with the session that lives, or was the last to live.
 */
export class Talks {
  /** While no agent with a session was met. */
  readonly legacy: TextTalk;
  readonly #options: TalksOptions;
  /** One of the two is there at most. */
  #ours: SessionTalk | undefined;
  #textOnly: TextOnlyTalk | undefined;
  /** The last words on STATUS that may be those of an agent that lives; null: none. */
  #lastWords: string | null = null;
  #untold: string | undefined;

  constructor(options: TalksOptions) {
    this.#options = options;
    this.legacy = new TextTalk(options);
  }

  get ours(): SessionTalk | undefined {
    return this.#ours;
  }

  get textOnly(): TextOnlyTalk | undefined {
    return this.#textOnly;
  }

  /** The last status that its session said; null before the first, while initFunction runs. */
  get status(): string | null {
    return (this.#ours ?? this.#textOnly)?.status ?? null;
  }

  get said(): Said {
    return (this.#ours ?? this.#textOnly ?? this.legacy).said;
  }

  /** Why the outcome of something that was sent will never be known. */
  get untold(): string | undefined {
    return this.#untold;
  }

  /** How many things are remembered. */
  get size(): number {
    return this.legacy.said.size + (this.#textOnly?.said.size ?? 0) + (this.#ours?.size ?? 0);
  }

  /** A session begins to speak after its INFO: what stands on STATUS is not its own. */
  announced(session: string): void {
    if (session !== this.#textOnly?.session) this.#lastWords = null;
  }

  /** Of an agent of ours STATUS is but a mirror of what REPLY says. */
  hearStatus(text: string, retained: boolean, isLegacy: boolean, now: number): void {
    if (this.#ours) return;
    this.#lastWords = mayLive(text) ? text : null;
    // An agent that has just begun takes away what an earlier one left.
    if (text === '') return;
    if (this.#textOnly && !isLegacy) this.#textOnly.hear(text, now);
    else this.legacy.hear(text, retained, isLegacy, now);
  }

  /**
   * The talk is with the live session: when that is a new one, the old one's memory and work are gone.
   * @returns true when an agent of ours was met that has not been asked yet
   */
  follow({ session, readsTextOnly }: Partner, now: number): boolean {
    const before = this.#ours ?? this.#textOnly;
    if (session === undefined || session === before?.session) return false;
    const { node, settings, desk, absences, emit } = this.#options;
    desk.sessionOver('the agent was started again and knows nothing of it', now);
    const options = { session, node, desk, emit };
    if (readsTextOnly) {
      this.#ours = undefined;
      this.#textOnly = new TextOnlyTalk({ ...options, status: this.#lastWords });
      return false;
    }
    if (!before && this.legacy.unreported) this.#misjudged(this.legacy.unreported);
    this.#textOnly = undefined;
    this.#ours = new SessionTalk({ ...options, settings, absences });
    return true;
  }

  /** After an outage of our own. */
  reconnected(now: number): void {
    this.legacy.reconnected(now);
    this.#textOnly?.wasCutOff();
    this.#ours?.reconnected(now);
  }

  /** It was taken for a legacy agent, since its answers came too late. */
  #misjudged({ text }: Command): void {
    const { node, desk, emit } = this.#options;
    desk.workLeft();
    this.#untold = `${text} went out as plain text before the agent was known as one of ours; what came of it is not known`;
    emit({ kind: 'event', event: { type: 'warning-given', node, message: this.#untold } });
  }
}

/** Whether a status may be the last one of an agent that lives. */
function mayLive(status: string): boolean {
  return status !== '' && parseOffline(status) === undefined && !statusBeginsWith(status, ['TERMINATED']);
}
