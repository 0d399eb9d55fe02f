import type { ProtocolVerb } from '../../protocol/index.ts';
import { StandingQuestion } from './standing-question.ts';

/** A question to one session that is asked again until it is answered, and what the answer was. */
export class Inquiry<A extends { readonly id: string }> {
  readonly #question: StandingQuestion;
  #answer: A | undefined;

  /** @param everyMs milliseconds between two times of asking */
  constructor(everyMs: number) {
    this.#question = new StandingQuestion(everyMs);
  }

  /** Undefined while an answer is awaited. */
  get answer(): A | undefined {
    return this.#answer;
  }

  nextDeadline(): number {
    return this.#question.nextDeadline();
  }

  ask(id: string, verb: ProtocolVerb, args: readonly string[], now: number): void {
    this.#answer = undefined;
    this.#question.begin({ id, verb, args }, now);
  }

  takeDue(now: number): ReturnType<StandingQuestion['takeDue']> {
    return this.#question.takeDue(now);
  }

  /** What answers another question, be it somebody else's, is none. */
  hear(answer: A): void {
    if (this.#question.answered(answer.id)) this.#answer = answer;
  }
}
