import type { ProtocolVerb, ReplyOf } from '../../protocol/index.ts';
import type { ArmedCommand } from './command.ts';
import { StandingQuestion } from './standing-question.ts';

/** A confirmation that is not answered is repeated soon: it must be there 50 ms before the instant. */
const CONFIRM_EVERY_MS = 25;

interface SyncTalkOptions {
  readonly askEveryMs: number;
  readonly createId: () => string;
  readonly publish: (id: string, verb: ProtocolVerb, args: readonly string[]) => void;
}

/** What is said to one session about the command that it is to begin at an instant: that it may, or that it must not. */
export class SyncTalk {
  readonly #options: SyncTalkOptions;
  readonly #confirmation = new StandingQuestion(CONFIRM_EVERY_MS);
  readonly #cancellation: StandingQuestion;
  #command: ArmedCommand | undefined;
  #confirmUntil = Number.POSITIVE_INFINITY;

  constructor(options: SyncTalkOptions) {
    this.#options = options;
    this.#cancellation = new StandingQuestion(options.askEveryMs);
  }

  nextDeadline(): number {
    return Math.min(this.#confirmation.nextDeadline(), this.#cancellation.nextDeadline());
  }

  confirm(command: ArmedCommand, until: number, now: number): void {
    command.arming.mayBegin = true;
    this.#command = command;
    this.#confirmUntil = until;
    this.#confirmation.begin(this.#questionAbout('_confirm', command), now);
  }

  cancel(command: ArmedCommand, now: number): void {
    this.#confirmation.end();
    this.#cancellation.begin(this.#questionAbout('_cancel', command), now);
  }

  keepTime(now: number): void {
    if (now >= this.#confirmUntil) this.#confirmation.end();
    for (const standing of [this.#confirmation, this.#cancellation]) {
      const question = standing.takeDue(now);
      if (question) this.#options.publish(question.id, question.verb, question.args);
    }
  }

  /** True when it was the answer to something that was asked here. */
  answered(ack: ReplyOf<'ack'>): boolean {
    if (this.#cancellation.answered(ack.id)) return true;
    if (!this.#confirmation.answered(ack.id)) return false;
    if (this.#command && !ack.accepted) this.#command.arming.unconfirmed = ack.reason;
    return true;
  }

  #questionAbout(verb: ProtocolVerb, { id }: ArmedCommand) {
    return { id: this.#options.createId(), verb, args: [id] };
  }
}
