import { type NodeName, statusBeginsWith } from '../../protocol/index.ts';
import type { Command } from './command.ts';
import type { CommandDesk } from './command-desk.ts';
import type { NodeEffect, NodeSettings } from './node-port.ts';
import { Said } from './said.ts';
import { TextPace } from './text-pace.ts';

interface TextTalkOptions {
  readonly node: NodeName;
  readonly settings: Pick<NodeSettings, 'ackTimeoutMs'>;
  readonly desk: CommandDesk;
  readonly emit: (effect: NodeEffect) => void;
}

/** The talk with an agent that is none of ours, or not known as one yet: plain text to it, and its STATUS. */
export class TextTalk {
  /** What the STATUS topic said, live, since the last command went out. */
  readonly said = new Said();
  readonly #options: TextTalkOptions;
  readonly #pace: TextPace;
  #hasSaidAlive = false;

  constructor(options: TextTalkOptions) {
    this.#options = options;
    this.#pace = new TextPace(options.settings.ackTimeoutMs);
  }

  /** It has said ALIVE, be it long ago. */
  get hasSaidAlive(): boolean {
    return this.#hasSaidAlive;
  }

  /** Went out, and nothing has been said about it. */
  get unreported(): Command | undefined {
    return this.#pace.unreported;
  }

  /** Why nothing goes out, as the end of a sentence; undefined: it is but a moment. */
  get reason(): string | undefined {
    return this.#pace.reason;
  }

  /** When the next of what waits may go out. */
  nextDeadline(): number {
    const next = this.#options.desk.nextWaiting;
    return next ? this.#pace.freeAt(next) : Number.POSITIVE_INFINITY;
  }

  /** @param isLegacy the agent is known as one that reads plain text only */
  hear(text: string, retained: boolean, isLegacy: boolean, now: number): void {
    const { desk, emit, node } = this.#options;
    if (statusBeginsWith(text, ['ALIVE'])) this.#hasSaidAlive = true;
    const reported = this.#pace.heard(text, retained, now);
    // Its PUBACK may be on its way, or was lost with a connection: the agent, at least, has it.
    if (reported) desk.delivered(reported, now);
    if (retained) return;
    this.said.record(text, 0);
    if (!isLegacy) return;
    emit({ kind: 'event', event: { type: 'status-reported', node, text } });
    if (statusBeginsWith(text, ['STOPPED']) || statusBeginsWith(text, ['TERMINATED'])) desk.workStopped();
  }

  /** The run has ended: what goes out now is to stop its work. */
  hurry(): void {
    this.#pace.hurry();
  }

  reconnected(now: number): void {
    this.#pace.reconnected(now);
  }

  /** To be called only while the agent is a legacy one. */
  keepTime(now: number): void {
    while (this.nextDeadline() <= now) this.#send(now);
  }

  /** What counts for a wait is what is said from now on. */
  #send(now: number): void {
    const command = this.#options.desk.sendText(now);
    if (!command) return;
    this.said.clear();
    this.#pace.sent(command, now);
  }
}
