import { joinWords } from '../../protocol/index.ts';
import type { Moment } from './agent-port.ts';
import type { LeaseHolder } from './lease-holder.ts';
import type { Task } from './task.ts';

/** A command that may have left something running. */
export interface Work {
  readonly id: string;
  /** Verb and words, shortened. */
  readonly text: string;
  readonly asText: boolean;
  readonly run: string | undefined;
  /** Of the run; empty when it did not hold the node. */
  readonly owner: string;
  /** Monotonic milliseconds. */
  readonly begunAt: number;
  /** When its run gave the node back, if it did. */
  releasedAt: number | undefined;
}

/** The oldest are forgotten: what they left is then of an unknown command. */
const MOST_KEPT = 1000;

/** Which commands may have left something running since the last STOP. */
export class WorkBook {
  readonly #lease: LeaseHolder;
  readonly #work = new Map<string, Work>();

  constructor(lease: LeaseHolder) {
    this.#lease = lease;
  }

  get isEmpty(): boolean {
    return this.#work.size === 0;
  }

  begun(task: Task, now: Moment): void {
    this.#work.set(task.id, this.describe(task, now.mono));
    const [oldest] = this.#work.keys();
    if (this.#work.size > MOST_KEPT && oldest !== undefined) this.#work.delete(oldest);
  }

  /** A run has given the node back: from now on nobody holds what it started. */
  released(run: string, now: Moment): void {
    for (const work of this.#work.values()) if (work.run === run) work.releasedAt ??= now.mono;
  }

  find(id: string): Work | undefined {
    return this.#work.get(id);
  }

  /** Everything has been ended. */
  clear(): void {
    this.#work.clear();
  }

  describe({ id, verb, args, run, asText = false }: Task, begunAt: number): Work {
    const { lease } = this.#lease;
    const owner = lease && lease.run === run ? lease.owner : '';
    return { id, text: shortText(verb, args), asText, run, owner, begunAt, releasedAt: undefined };
  }
}

const LONGEST_TEXT = 100;
/** No more words than could be shown are looked at. */
const MOST_WORDS = 50;

function shortText(verb: string, args: readonly string[]): string {
  const text = joinWords([verb, ...args.slice(0, MOST_WORDS)]);
  const isCut = text.length > LONGEST_TEXT || args.length > MOST_WORDS;
  return isCut ? `${text.slice(0, LONGEST_TEXT).replace(/[\uD800-\uDBFF]$/, '')}...` : text;
}
