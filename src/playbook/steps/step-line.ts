import { suggest } from '../../base/index.ts';
import {
  createError,
  createWarning,
  type Diagnostic,
  type Position,
  quote,
} from '../../diagnostics/index.ts';
import type { Step, StepBase, SyncStep, Template } from '../model.ts';

/** What one line says: a step, or where one of several lines begins or ends. */
export type LineContent = Exclude<Step, SyncStep> | SyncLine | GoLine;

export interface SyncLine extends StepBase {
  readonly kind: 'sync';
}

export interface GoLine extends StepBase {
  readonly kind: 'go';
  readonly maxSkew: Template | undefined;
}

/** How a kind of step is written in the text form. */
export interface TextForm {
  readonly keyword: string;
  /** For error messages and the reference: `WAIT <duration>`. */
  readonly usage: string;
  readonly example: string;
  /** @returns undefined when a part is missing; the line has then reported it. */
  parse(line: StepLine): LineContent | undefined;
}

interface StepLineOptions {
  readonly form: TextForm;
  /** `base.text` begins with the keyword. */
  readonly base: StepBase;
  /** Words too many are ignored with a warning, as the original does. */
  readonly lenient: boolean;
  readonly report: (problem: Diagnostic) => void;
}

const WORD = /[^ \t]+/y;
const BLANKS = /[ \t]*/y;

/** One line of the text form, taken part by part from left to right. What is missing or too much is reported. */
export class StepLine {
  readonly base: StepBase;
  readonly #options: StepLineOptions;
  readonly #text: string;
  /** Of the next part; blanks before it are skipped. */
  #offset: number;

  constructor(options: StepLineOptions) {
    this.base = options.base;
    this.#options = options;
    this.#text = options.base.text;
    this.#offset = this.#afterBlanks(options.form.keyword.length);
  }

  /** The next word without taking it; '' at the end of the line. */
  peek(): string {
    WORD.lastIndex = this.#offset;
    return WORD.exec(this.#text)?.[0] ?? '';
  }

  /** @param what completes the sentence "WAIT needs …" */
  takeWord(what: string): Template | undefined {
    return this.#take(this.#offset + this.peek().length, what);
  }

  /** Words, with the blanks between them as written, up to one for which `isEnd` is true. */
  takeWordsUntil(isEnd: (word: string) => boolean, what: string): Template | undefined {
    const start = this.#offset;
    let end = start;
    for (let word = this.peek(); word !== '' && !isEnd(word); word = this.peek()) {
      end = this.#offset + word.length;
      this.#offset = this.#afterBlanks(end);
    }
    this.#offset = start;
    return this.#take(end, what);
  }

  /** All that is left, verbatim. */
  takeRest(what: string): Template | undefined {
    return this.#take(this.#text.length, what);
  }

  /** `TIMEOUT <duration>` and the like, which may end a step. Whatever is left is reported. */
  takeOption(word: string): Template | undefined {
    const isGiven = this.peek() === word;
    if (isGiven) this.takeWord(word);
    const value = isGiven ? this.takeWord(`a duration after ${word}`) : undefined;
    this.end(isGiven ? [] : [word]);
    return value;
  }

  /** Reports whatever is left. @param options what could have followed: one that is misspelled is never ignored */
  end(options: readonly string[] = []): void {
    const rest = this.#text.slice(this.#offset);
    if (rest === '') return;
    const { form, lenient, report } = this.#options;
    const meant = suggest(this.peek(), options);
    const advice = rest.startsWith('#') ? 'a comment needs a line of its own' : `it is ${form.usage}`;
    const isIgnored = lenient && meant === undefined;
    const create = isIgnored ? createWarning : createError;
    const outcome = isIgnored ? 'is ignored' : 'is too much';
    report(
      create(
        'EXTRA_WORDS',
        this.#place(this.#offset, rest.length),
        `${quote(rest)} at the end of ${form.keyword} ${outcome}: ${advice}`,
        meant,
      ),
    );
  }

  /** Reports that a part, taken before, is not what it should be. */
  reject(code: Diagnostic['code'], part: Template, message: string): undefined {
    this.#options.report(createError(code, part.position, message));
    return undefined;
  }

  #take(end: number, what: string): Template | undefined {
    const text = this.#text.slice(this.#offset, end);
    const position = this.#place(this.#offset, Math.max(text.length, 1));
    this.#offset = this.#afterBlanks(end);
    if (text !== '') return { text, position };
    const { form, report } = this.#options;
    report(
      createError(
        'MISSING_PART',
        position,
        `${form.keyword} needs ${what}: ${form.usage}, for example ${form.example}`,
      ),
    );
    return undefined;
  }

  #afterBlanks(offset: number): number {
    BLANKS.lastIndex = offset;
    BLANKS.exec(this.#text);
    return BLANKS.lastIndex;
  }

  #place(offset: number, length: number): Position {
    const { line, column } = this.base.position;
    return { line, column: column + offset, length };
  }
}
