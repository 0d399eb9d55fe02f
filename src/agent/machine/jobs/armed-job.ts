import { CONFIRM_BEFORE_MS } from '../../../protocol/index.ts';
import type { Moment } from '../agent-port.ts';
import type { Task } from '../task.ts';
import { CallJob } from './call-job.ts';
import type { Job, JobContext, JobInput } from './job.ts';

/**
 * A call that is to begin at an instant. Only when it is confirmed is the instant handed to the shell, which waits for
 * it by itself: from then on this agent need not hear of anybody, and the function begins.
 */
export class ArmedJob implements Job {
  readonly task: Task;
  readonly #context: JobContext;
  readonly #call: CallJob;
  readonly #confirmBy: number;
  #phase: 'armed' | 'confirmed' | 'begun' = 'armed';
  /** What takes it back. */
  #by = '';

  constructor(context: JobContext) {
    this.task = context.task;
    this.#context = context;
    this.#call = new CallJob(context);
    this.#confirmBy = (context.task.at ?? 0) - CONFIRM_BEFORE_MS;
  }

  get isConfirmed(): boolean {
    return this.#phase !== 'armed';
  }

  get deadline(): number | undefined {
    return this.isConfirmed ? undefined : this.#confirmBy;
  }

  begin(): void {
    this.#context.emit({ kind: 'prepare-start' });
  }

  /** @returns false when it is too late for that: then it will not begin */
  confirm(now: Moment): boolean {
    if (this.isConfirmed) return true;
    if (now.mono >= this.#confirmBy) return false;
    this.#phase = 'confirmed';
    this.#call.begin(now);
    return true;
  }

  /** Takes it back as long as it has not begun; what has begun goes on. */
  cancel(by: string, now: Moment): void {
    this.#by = by;
    if (this.#phase === 'armed') this.#drop(now);
    else if (this.#phase === 'confirmed') this.#context.emit({ kind: 'cancel-start' });
  }

  handle(input: JobInput, now: Moment): void {
    if (!this.isConfirmed) return;
    if (input.kind === 'function-started') this.#started(input, now);
    else if (input.kind === 'function-ended') this.#ended(input, now);
  }

  interrupt(now: Moment, by = ''): void {
    this.#by = by;
    if (this.isConfirmed) this.#call.interrupt();
    else this.#drop(now);
  }

  #started({ id, start }: Extract<JobInput, { kind: 'function-started' }>, now: Moment): void {
    if (id !== this.task.id) return;
    this.#begun(now);
    this.#context.fired(start, now);
  }

  #ended(ended: Extract<JobInput, { kind: 'function-ended' }>, now: Moment): void {
    const { unbegun, stderrTail: stderr, warnings } = ended.outcome;
    if (unbegun === undefined) {
      this.#begun(now);
      this.#call.handle(ended, now);
    } else {
      const end = unbegun === 'late' ? ({ outcome: 'expired', stderr } as const) : this.#cancelled();
      this.#context.finish({ ...end, warnings }, now);
    }
  }

  #begun(now: Moment): void {
    if (this.#phase === 'confirmed') this.#context.leavesWork(now);
    this.#phase = 'begun';
  }

  #drop(now: Moment): void {
    const stderr = `it was not confirmed ${CONFIRM_BEFORE_MS} ms before its instant, so it was not begun`;
    const isLate = now.mono >= this.#confirmBy;
    this.#context.finish(isLate ? { outcome: 'expired', stderr } : this.#cancelled(), now);
  }

  #cancelled(): { readonly outcome: 'cancelled'; readonly stderr: string } {
    return { outcome: 'cancelled', stderr: `by ${this.#by}` };
  }
}
