import type { ProtocolVerb } from '../../protocol/index.ts';

interface Question {
  readonly id: string;
  readonly verb: ProtocolVerb;
  readonly args: readonly string[];
}

/** A question to an agent that is asked again, under its id, until it is answered. */
export class StandingQuestion {
  readonly #everyMs: number;
  #question: Question | undefined;
  #dueAt = Number.POSITIVE_INFINITY;

  /** @param everyMs milliseconds between two times of asking */
  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  get isOpen(): boolean {
    return this.#question !== undefined;
  }

  /** When it is to be asked next. */
  nextDeadline(): number {
    return this.#dueAt;
  }

  /** In the place of the one before, if that was not answered. */
  begin(question: Question, now: number): void {
    this.#question = question;
    this.#dueAt = now;
  }

  /** The question, when it is to be asked now. */
  takeDue(now: number): Question | undefined {
    if (this.#dueAt > now) return undefined;
    this.#dueAt = now + this.#everyMs;
    return this.#question;
  }

  /** It needs no answer any more. */
  end(): void {
    this.#question = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  /** True when this was the answer. */
  answered(id: string): boolean {
    if (id !== this.#question?.id) return false;
    this.end();
    return true;
  }
}
