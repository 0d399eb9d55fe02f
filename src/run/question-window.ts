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
  /** @param waitedMs how long it was held back */
  readonly publish: (waitedMs: number) => void;
}

/** Lets a limited number of questions be unanswered at a time, however many nodes are asked at once. */
export class QuestionWindow {
  /** Id → when its answer is no longer awaited, in that order. */
  readonly #unanswered = new Map<string, number>();
  /** By key, in the order of asking. */
  readonly #waiting = new Map<string, { question: Question; readonly since: number }>();

  /** How many questions are remembered. */
  get size(): number {
    return this.#unanswered.size + this.#waiting.size;
  }

  /** When the next question can go out, if nobody answers before; undefined while none waits. */
  get deadline(): number | undefined {
    const [first] = this.#unanswered.values();
    return this.#waiting.size > 0 ? first : undefined;
  }

  ask(question: Question, now: number): void {
    const waiting = this.#waiting.get(question.key);
    if (waiting) waiting.question = question;
    else this.#waiting.set(question.key, { question, since: now });
    this.proceed(now);
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
    for (const [key, { question, since }] of this.#waiting) {
      if (this.#unanswered.size >= MOST_UNANSWERED) return;
      this.#waiting.delete(key);
      // One that is asked again moves to the end.
      this.#unanswered.delete(question.id);
      this.#unanswered.set(question.id, now + PATIENCE_MS);
      question.publish(now - since);
    }
  }

  /** What waits is not asked any more. */
  forgetWaiting(): void {
    this.#waiting.clear();
  }
}
