/**
 * A broker keeps only so many messages for a client that is slow to read (mosquitto 1,000 unless told otherwise), and
 * drops the rest without a word. Each answer may come with three more messages about the same command.
 */
const MOST_UNANSWERED = 128;
/** Whoever has not answered by then makes room: the dead must not hold up the living for long. */
const PATIENCE_MS = 250;

/** Something published that an agent answers under the same id. */
interface Question {
  readonly id: string;
  /** Of two questions that wait under one key, the later takes the earlier one's place. */
  readonly key: string;
  readonly publish: () => void;
}

/** Lets a limited number of questions be unanswered at a time, however many nodes are asked at once. */
export class QuestionWindow {
  /** Id → when its answer is no longer awaited, in that order. */
  readonly #unanswered = new Map<string, number>();
  /** By key, in the order of asking. */
  readonly #waiting = new Map<string, Question>();
  /** Where the first that waits is: looking for it from the start takes ever longer, past all that were taken out. */
  #next = this.#waiting.entries();

  /** How many questions are remembered. */
  get size(): number {
    return this.#unanswered.size + this.#waiting.size;
  }

  /** When the next question can go out, if nobody answers before; undefined while none waits. */
  get deadline(): number | undefined {
    const [first] = this.#unanswered.values();
    return this.#waiting.size > 0 ? first : undefined;
  }

  /** @returns whether it went out at once */
  ask(question: Question, now: number): boolean {
    this.#waiting.set(question.key, question);
    this.proceed(now);
    return this.#waiting.get(question.key) !== question;
  }

  answered(id: string, now: number): void {
    if (this.#unanswered.delete(id)) this.proceed(now);
  }

  /** Asks what there is room for by now. */
  proceed(now: number): void {
    for (const [id, until] of this.#unanswered) {
      if (until > now) break;
      this.#unanswered.delete(id);
    }
    while (this.#waiting.size > 0 && this.#unanswered.size < MOST_UNANSWERED) {
      const question = this.#takeFirst();
      // One that is asked again moves to the end.
      this.#unanswered.delete(question.id);
      this.#unanswered.set(question.id, now + PATIENCE_MS);
      question.publish();
    }
  }

  #takeFirst(): Question {
    const { value } = this.#next.next();
    if (!value) {
      this.#next = this.#waiting.entries();
      return this.#takeFirst();
    }
    const [key, question] = value;
    this.#waiting.delete(key);
    return question;
  }

  /** What waits is not asked any more. */
  forgetWaiting(): void {
    this.#waiting.clear();
  }
}
