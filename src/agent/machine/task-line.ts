import { doneStatus, INIT_VERB, isVerb, type NodeLoss } from '../../protocol/index.ts';
import type { AgentEffect, Moment } from './agent-port.ts';
import type { CommandBook } from './command-book.ts';
import { ArmedJob } from './jobs/armed-job.ts';
import type { Job, JobContext, JobInput, JobResult } from './jobs/job.ts';
import { createJob } from './jobs/registry.ts';
import { Script } from './script.ts';
import { nodeLoss, type Task, weightOf } from './task.ts';
import type { Voice } from './voice.ts';
import type { WorkBook } from './work-book.ts';

/** Tasks waiting for their turn; more are refused. */
const LONGEST_LINE = 10_000;
/** The same in characters, since one command may have a million. */
const HEAVIEST_LINE = 20_000_000;

export interface TaskLineOptions {
  readonly initId: string;
  readonly book: CommandBook;
  /** What calls may have left running that no STOP has ended yet. */
  readonly work: WorkBook;
  readonly voice: Voice;
  readonly emit: (effect: AgentEffect) => void;
  /** How long stopFunction may take before it is interrupted. */
  readonly stopLimitMs: number;
  /** Called when a task is over. */
  readonly onDone: (task: Task, now: Moment) => void;
}

/** Does tasks one at a time in the order received; STOP and TERMINATE cancel what is before them. */
export class TaskLine {
  readonly #options: TaskLineOptions;
  readonly #script = new Script();
  #waiting: Task[] = [];
  #waitingWeight = 0;
  #current: { readonly task: Task; readonly job: Job; readonly begunAt: number } | undefined;
  /** Said in the result of what is being interrupted. */
  #lostByCurrent: Partial<NodeLoss> = {};
  #isBeginning = false;
  /** After TERMINATE nothing is begun any more. */
  #over = false;

  constructor(options: TaskLineOptions) {
    this.#options = options;
  }

  /** True while something is being done. */
  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** True when there is something that a STOP would end. */
  get hasWork(): boolean {
    return !this.#options.work.isEmpty || this.#waiting.length > 0 || this.running !== undefined;
  }

  /** The command that waits for its instant, or for leave to wait for it; or that did, and now runs. */
  get armed(): ArmedJob | undefined {
    const job = this.#current?.job;
    return job instanceof ArmedJob ? job : undefined;
  }

  /** Verb of what is being done, or else of what comes next; but for one job. */
  occupant(butFor?: Job): string | undefined {
    const current = this.#current?.job === butFor ? undefined : this.#current?.task;
    return (current ?? this.#waiting[0])?.verb;
  }

  /** The command that is being done, with the monotonic milliseconds at which that began. */
  get running(): { readonly task: Task; readonly begunAt: number } | undefined {
    return this.#current && isCommand(this.#current.task) ? this.#current : undefined;
  }

  /** How many commands wait for their turn. */
  get waiting(): number {
    return this.#waiting.filter(isCommand).length;
  }

  /** True when a STOP is under way that ends all there is, with nothing behind it. */
  get isStopping(): boolean {
    const current = this.#current?.task;
    return current?.kind === 'stop' && current.args.length === 0 && this.#waiting.length === 0;
  }

  /** Undefined when there is room. A STOP or TERMINATE first empties the line of what it cancels. */
  whyNoRoomFor({ kind }: Task): string | undefined {
    const isLong = this.#waiting.length >= LONGEST_LINE;
    const isHeavy = this.#waitingWeight >= HEAVIEST_LINE;
    if ((!isLong && !isHeavy) || this.#waiting.some((task) => cancels(kind, task))) return undefined;
    return isLong ? 'ten thousand commands are waiting already' : 'commands of 20 MB are waiting already';
  }

  /** Whether the script has a function for this verb. */
  answers(verb: string): boolean {
    return isVerb(verb) && this.#script.answers(verb);
  }

  get script(): Pick<Script, 'state' | 'needs' | 'unusable'> {
    return this.#script;
  }

  /** Why the script cannot take commands. */
  get unusable(): string | undefined {
    return this.#script.unusable;
  }

  get deadline(): number | undefined {
    return this.#current?.job.deadline;
  }

  /** Loads the script and runs its initFunction, before anything else. Once. */
  initialise(now: Moment): void {
    const { initId } = this.#options;
    this.add(
      { kind: 'init', id: initId, run: undefined, verb: INIT_VERB, args: [], because: 'started' },
      now,
    );
  }

  add(task: Task, now: Moment): void {
    if (task.kind === 'stop' || task.kind === 'terminate') this.#makeWayFor(task, now);
    this.#waiting.push(task);
    this.#waitingWeight += weightOf(task);
    this.#next(now);
  }

  handle(input: JobInput, now: Moment): void {
    this.#current?.job.handle(input, now);
  }

  /** Interrupts a job that has had its time. */
  tick(now: Moment): void {
    if (this.deadline !== undefined && this.deadline <= now.mono) this.#current?.job.interrupt(now);
  }

  /** Gives up on whatever hangs, for a TERMINATE that cannot wait for it. */
  abandon(now: Moment): void {
    const all = [...(this.#current ? [this.#current.task] : []), ...this.#waiting];
    const last = all.find(({ kind }) => kind === 'terminate');
    if (!last) return;
    this.#keepWaiting(all.filter((task) => task !== last));
    this.#say(doneStatus(last.verb), last, now);
    this.#finish(last, { outcome: 'ok', warnings: ['what was running did not end in time'] }, now);
  }

  #makeWayFor(task: Task, now: Moment): void {
    const { kind, verb } = task;
    const cancelled = this.#waiting.filter((each) => cancels(kind, each));
    this.#keepWaiting(this.#waiting.filter((each) => !cancels(kind, each)));
    const lost = nodeLoss(task) ?? {};
    for (const each of cancelled) {
      this.#close(each, { outcome: 'cancelled', ...lost, stderr: `by ${verb}` }, now);
    }
    if (!this.#current || !cancels(kind, this.#current.task)) return;
    this.#lostByCurrent = lost;
    this.#current.job.interrupt(now, verb);
  }

  #keepWaiting(tasks: Task[]): void {
    this.#waiting = tasks;
    this.#waitingWeight = tasks.reduce((sum, task) => sum + weightOf(task), 0);
  }

  /** A loop, since a task may be over as soon as it has begun, and the next one, ten thousand times. */
  #next(now: Moment): void {
    if (this.#isBeginning) return;
    while (!this.#current && !this.#over) {
      const task = this.#waiting.shift();
      if (!task) return;
      this.#waitingWeight -= weightOf(task);
      const job = createJob(this.#contextOf(task));
      this.#current = { task, job, begunAt: now.mono };
      if (task.kind === 'call' && task.at === undefined) this.#options.work.begun(task, now);
      this.#isBeginning = true;
      job.begin(now);
      this.#isBeginning = false;
    }
  }

  #contextOf(task: Task): JobContext {
    const { initId, stopLimitMs, voice, work, emit } = this.#options;
    return {
      task,
      script: this.#script,
      initId,
      stopLimitMs,
      emit,
      leavesWork: (now) => work.begun(task, now),
      fired: (start, now) => voice.fired(task, start, now.mono),
      say: (text, now) => this.#say(text, task, now),
      finish: (result, now) => this.#finish(task, result, now),
    };
  }

  #finish(task: Task, result: JobResult, now: Moment): void {
    if (task.kind === 'stop' && task.args.length === 0 && result.outcome === 'ok') this.#options.work.clear();
    if (task.kind === 'terminate') this.#answerRest(result, now);
    const lost = result.outcome === 'cancelled' ? this.#lostByCurrent : {};
    this.#lostByCurrent = {};
    this.#close(task, { ...result, ...lost }, now);
    this.#current = undefined;
    this.#next(now);
  }

  /** TERMINATE is the end of everything that still waits, other TERMINATEs included. */
  #answerRest(result: JobResult, now: Moment): void {
    this.#over = true;
    for (const task of this.#waiting) {
      const isSame = task.kind === 'terminate';
      this.#answer(task, isSame ? result : { outcome: 'cancelled', stderr: 'by TERMINATE' }, now);
    }
    this.#keepWaiting([]);
  }

  #close(task: Task, result: JobResult, now: Moment): void {
    this.#answer(task, result, now);
    this.#options.onDone(task, now);
  }

  #answer(task: Task, result: JobResult, now: Moment): void {
    if (task.because !== undefined) return;
    this.#options.voice.result(task, result, now.mono);
    this.#options.book.end(task.id, now.mono);
  }

  #say(text: string, task: Task, now: Moment): void {
    this.#options.voice.status(text, task.because === undefined ? task : undefined, now.mono);
  }
}

/** What is done for somebody, and leaves something to stop while it is. */
function isCommand({ kind }: Task): boolean {
  return kind === 'call' || kind === 'send-file';
}

/**
 * STOP ends what waits and what runs before it, but neither init nor an earlier STOP, which has its own time limit:
 * `STOP 5201` and `STOP 5202` are two parts of the work. TERMINATE ends them all.
 */
function cancels(kind: Task['kind'], { kind: other }: Task): boolean {
  if (kind === 'terminate') return other !== 'terminate';
  return kind === 'stop' && other !== 'init' && other !== 'stop' && other !== 'terminate';
}
