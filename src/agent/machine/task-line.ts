import { INIT_VERB } from '../../protocol/index.ts';
import type { LoadOutcome } from '../shell/shell.ts';
import type { AgentEffect, Moment } from './agent-port.ts';
import type { CommandBook } from './command-book.ts';
import { InitJob } from './jobs/init-job.ts';
import type { Job, JobContext, JobInput, JobResult } from './jobs/job.ts';
import { createJob } from './jobs/registry.ts';
import { Script } from './script.ts';
import type { Task } from './task.ts';
import type { Voice } from './voice.ts';

/** Tasks waiting for their turn; more are refused. */
const LONGEST_LINE = 10_000;

export interface TaskLineOptions {
  readonly initId: string;
  readonly book: CommandBook;
  readonly voice: Voice;
  readonly emit: (effect: AgentEffect) => void;
  /** How long stopFunction may take before it is interrupted. */
  readonly stopLimitMs: number;
  /** Called when a task is over. */
  readonly onDone: (task: Task, now: Moment) => void;
}

/** Does tasks one at a time in the order received; STOP and TERMINATE go before all others. */
export class TaskLine {
  readonly #options: TaskLineOptions;
  readonly #script = new Script();
  readonly #initJob: InitJob;
  #waiting: Task[] = [];
  #current: { readonly task: Task; readonly job: Job } | undefined;
  /** A call may have left something running that no STOP has ended yet. */
  #hasWork = false;
  /** After TERMINATE nothing is begun any more. */
  #over = false;

  constructor(options: TaskLineOptions) {
    this.#options = options;
    const task: Task = { kind: 'init', id: options.initId, run: undefined, verb: INIT_VERB, args: [] };
    this.#initJob = new InitJob(this.#contextOf(task));
    this.#current = { task, job: this.#initJob };
  }

  /** True while something is being done. */
  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** True when there is something that a STOP would end. */
  get hasWork(): boolean {
    const current = this.#current?.task.kind;
    return this.#hasWork || this.#waiting.length > 0 || current === 'call' || current === 'send-file';
  }

  get isFull(): boolean {
    return this.#waiting.length >= LONGEST_LINE;
  }

  /** Why the script cannot take commands. */
  get unusable(): string | undefined {
    return this.#script.unusable;
  }

  get deadline(): number | undefined {
    return this.#current?.job.deadline;
  }

  add(task: Task, now: Moment): void {
    if (task.kind === 'stop' || task.kind === 'terminate') this.#makeWayFor(task, now);
    this.#waiting.push(task);
    this.#next(now);
  }

  scriptLoaded(outcome: LoadOutcome, now: Moment): void {
    this.#initJob.scriptLoaded(outcome, now);
  }

  handle(input: JobInput, now: Moment): void {
    this.#current?.job.handle(input, now);
  }

  /** Interrupts a job that has had its time. */
  tick(now: Moment): void {
    if (this.deadline !== undefined && this.deadline <= now.mono) this.#current?.job.interrupt();
  }

  /** STOP ends what waits and what runs, an earlier STOP included, but not init; TERMINATE ends that, too. */
  #makeWayFor(stop: Task, now: Moment): void {
    const spared: readonly Task['kind'][] = stop.kind === 'stop' ? ['stop', 'terminate'] : ['terminate'];
    const cancelled = this.#waiting.filter(({ kind }) => !spared.includes(kind));
    this.#waiting = this.#waiting.filter(({ kind }) => spared.includes(kind));
    for (const task of cancelled) this.#close(task, { outcome: 'cancelled', stderr: `by ${stop.verb}` }, now);
    if (this.#current?.task.kind !== 'init' || stop.kind === 'terminate') this.#current?.job.interrupt();
  }

  #next(now: Moment): void {
    if (this.#current || this.#over) return;
    const task = this.#waiting.shift();
    if (!task) return;
    const job = createJob(this.#contextOf(task));
    this.#current = { task, job };
    if (task.kind === 'call') this.#hasWork = true;
    job.begin(now);
  }

  #contextOf(task: Task): JobContext {
    const { initId, stopLimitMs, emit, voice } = this.#options;
    const isAsked = task.kind !== 'init' && task.because === undefined;
    return {
      task,
      script: this.#script,
      initId,
      stopLimitMs,
      emit,
      say: (text, now) => voice.status(text, isAsked ? task : undefined, now.mono),
      finish: (result, now) => this.#finish(task, result, now),
    };
  }

  #finish(task: Task, result: JobResult, now: Moment): void {
    if (task.kind === 'stop' && task.args.length === 0 && result.outcome === 'ok') this.#hasWork = false;
    this.#over = task.kind === 'terminate';
    this.#close(task, result, now);
    this.#current = undefined;
    this.#next(now);
  }

  #close(task: Task, result: JobResult, now: Moment): void {
    if (task.kind !== 'init' && task.because === undefined) {
      this.#options.voice.result(task, result, now.mono);
      this.#options.book.end(task.id, now.mono);
    }
    this.#options.onDone(task, now);
  }
}
