import { doneStatus, INIT_FAILED, INIT_VERB, isVerb } from '../../protocol/index.ts';
import type { FunctionOutcome, LoadOutcome } from '../shell/shell.ts';
import type { AgentEffect, Moment } from './agent-port.ts';
import type { CommandBook } from './command-book.ts';
import { functionOf, type Task } from './task.ts';
import type { Voice } from './voice.ts';

/** Tasks waiting for their turn; more are refused. */
export const LONGEST_LINE = 10_000;

/** What the script is good for: still loading, loaded and initialised, or useless for this reason. */
type Script =
  | { readonly state: 'loading' }
  | { readonly state: 'ready' }
  | { readonly state: 'failed'; readonly reason: string };

interface Current {
  readonly task: Task;
  stage: 'function' | 'leftovers';
  outcome: FunctionOutcome | undefined;
  /** Set when its interruption was asked for, so that it is asked for once. */
  interrupting: boolean;
  /** When a stopFunction has had its time. */
  deadline: number | undefined;
}

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

const UNKNOWN_VERB_SHOWN = 40;

/** Runs tasks one at a time in the order received; knows what each one's end means and says it. */
export class TaskLine {
  readonly #options: TaskLineOptions;
  readonly #waiting: Task[] = [];
  #current: Current | undefined;
  #script: Script = { state: 'loading' };
  #functions: ReadonlySet<string> = new Set();
  #hasWork = false;
  /** After TERMINATE nothing is begun any more. */
  #over = false;

  constructor(options: TaskLineOptions) {
    this.#options = options;
    const task: Task = { kind: 'init', id: options.initId, run: undefined, verb: INIT_VERB, args: [] };
    this.#current = { task, stage: 'function', outcome: undefined, interrupting: false, deadline: undefined };
  }

  /** True while a function of the script runs. */
  get busy(): boolean {
    return this.#current !== undefined;
  }

  /** True when a command may have left something running that no STOP has ended yet. */
  get hasWork(): boolean {
    return this.#hasWork || this.#waiting.length > 0 || this.#current?.task.kind === 'call';
  }

  get isFull(): boolean {
    return this.#waiting.length >= LONGEST_LINE;
  }

  /** Why the script cannot take commands. */
  get unusable(): string | undefined {
    return this.#script.state === 'failed' ? this.#script.reason : undefined;
  }

  get deadline(): number | undefined {
    return this.#current?.deadline;
  }

  add(task: Task, now: Moment): void {
    if (task.kind === 'stop' || task.kind === 'terminate') this.#cancelFor(task, now);
    this.#waiting.push(task);
    this.#next(now);
  }

  scriptLoaded(outcome: LoadOutcome, now: Moment): void {
    if (!outcome.ok) {
      this.#initFailed(outcome.reason, now);
      return;
    }
    this.#functions = outcome.functions;
    if (this.#functions.has(functionOf(INIT_VERB)))
      this.#call(this.#options.initId, functionOf(INIT_VERB), []);
    else this.#initDone(now);
  }

  functionEnded(outcome: FunctionOutcome, now: Moment): void {
    const current = this.#current;
    if (!current) return;
    current.deadline = undefined;
    switch (current.task.kind) {
      case 'init':
        if (outcome.code === 0) this.#initDone(now);
        else this.#initFailed(String(outcome.code), now, outcome.stderrTail);
        return;
      case 'call':
        this.#callEnded(current.task, outcome, now);
        return;
      case 'stop':
        if (current.task.args.length > 0) this.#partStopEnded(current.task, outcome, now);
        else this.#endLeftovers(current, outcome);
        return;
      case 'terminate':
        return;
    }
  }

  leftoversEnded(survivors: readonly string[], now: Moment): void {
    const current = this.#current;
    if (current?.stage !== 'leftovers') return;
    const { task, outcome } = current;
    this.#hasWork = false;
    const failure = survivors.length > 0 ? `still running: ${survivors.join(', ')}` : undefined;
    const warnings = [...(outcome?.warnings ?? []), ...warningsOfStop(outcome)];
    if (failure === undefined) {
      this.#say(task.because ? `${doneStatus('STOP')} ${task.because}` : doneStatus(task.verb), task, now);
      this.#finish(task, { outcome: 'ok', ...(outcome && { code: outcome.code }), warnings }, now);
    } else {
      this.#say(`FAILED ${task.verb} ${failure}`, task, now);
      this.#finish(task, { outcome: 'failed', code: outcome?.code ?? 1, stderr: failure, warnings }, now);
    }
  }

  /** Interrupts a stopFunction that has had its time. */
  tick(now: Moment): void {
    if (this.#current?.deadline === undefined || this.#current.deadline > now.mono) return;
    this.#current.deadline = undefined;
    this.#interrupt();
  }

  #cancelFor(stop: Task, now: Moment): void {
    const spared = stop.kind === 'stop' ? ['stop', 'terminate'] : ['terminate'];
    const cancelled = this.#waiting.filter((task) => !spared.includes(task.kind));
    this.#waiting.splice(
      0,
      this.#waiting.length,
      ...this.#waiting.filter((task) => !cancelled.includes(task)),
    );
    for (const task of cancelled) this.#close(task, { outcome: 'cancelled', stderr: `by ${stop.verb}` }, now);
    const running = this.#current?.task.kind;
    if (running === 'call' || running === 'stop' || (running === 'init' && stop.kind === 'terminate')) {
      this.#interrupt();
    }
  }

  #interrupt(): void {
    if (this.#current?.stage !== 'function' || this.#current.interrupting) return;
    this.#current.interrupting = true;
    this.#options.emit({ kind: 'interrupt' });
  }

  #next(now: Moment): void {
    if (this.#current || this.#over) return;
    const task = this.#waiting.shift();
    if (!task) return;
    const current: Current = {
      task,
      stage: 'function',
      outcome: undefined,
      interrupting: false,
      deadline: undefined,
    };
    this.#current = current;
    if (task.kind === 'terminate') this.#endLeftovers(current, undefined);
    else if (task.kind === 'stop') this.#startStop(current, now);
    else this.#startCall(task, now);
  }

  #startCall(task: Task, now: Moment): void {
    const name = functionOf(task.verb);
    if (isVerb(task.verb) && this.#functions.has(name)) {
      this.#hasWork = true;
      this.#call(task.id, name, task.args);
      return;
    }
    const why =
      this.unusable ?? (task.verb === 'START' ? `the node script has no ${name}` : 'unknown command');
    this.#say(`FAILED ${task.verb.slice(0, UNKNOWN_VERB_SHOWN)}: ${why}`, task, now);
    this.#finish(task, { outcome: 'failed', code: 127, stderr: why }, now);
  }

  #startStop(current: Current, now: Moment): void {
    const { task } = current;
    if (this.#script.state === 'ready' && this.#functions.has(functionOf('STOP'))) {
      current.deadline = now.mono + this.#options.stopLimitMs;
      this.#call(task.id, functionOf('STOP'), task.args);
    } else if (task.args.length > 0) {
      const why = 'the node script has no stopFunction that could stop a part of the work';
      this.#say(`FAILED STOP: ${why}`, task, now);
      this.#finish(task, { outcome: 'failed', code: 127, stderr: why }, now);
    } else {
      this.#endLeftovers(current, undefined);
    }
  }

  #call(id: string, name: string, args: readonly string[]): void {
    this.#options.emit({ kind: 'run-function', id, name, args });
  }

  #endLeftovers(current: Current, outcome: FunctionOutcome | undefined): void {
    current.stage = 'leftovers';
    current.outcome = outcome;
    const kept = current.task.kind === 'terminate' ? [] : [this.#options.initId];
    this.#options.emit({ kind: 'end-leftovers', kept });
  }

  #initDone(now: Moment): void {
    this.#script = { state: 'ready' };
    this.#say('ALIVE', undefined, now);
    this.#current = undefined;
    this.#next(now);
  }

  #initFailed(reason: string, now: Moment, stderr = ''): void {
    const status = [...INIT_FAILED, reason].join(' ');
    this.#script = { state: 'failed', reason: stderr === '' ? status : `${status}: ${stderr.trim()}` };
    this.#functions = new Set();
    this.#say(status, undefined, now);
    this.#current = undefined;
    this.#next(now);
  }

  #callEnded(task: Task, outcome: FunctionOutcome, now: Moment): void {
    const { code, stderrTail, warnings } = outcome;
    if (outcome.interrupted) {
      this.#finish(task, { outcome: 'cancelled', code, stderr: stderrTail, warnings }, now);
    } else if (code === 0) {
      this.#say(doneStatus(task.verb), task, now);
      this.#finish(task, { outcome: 'ok', code, warnings }, now);
    } else {
      this.#say(`FAILED ${task.verb} ${code}`, task, now);
      this.#finish(task, { outcome: 'failed', code, stderr: stderrTail, warnings }, now);
    }
  }

  /** `STOP 5201`: the script alone decides what goes, so its code alone counts. */
  #partStopEnded(task: Task, { code, stderrTail, warnings }: FunctionOutcome, now: Moment): void {
    this.#say(code === 0 ? doneStatus('STOP') : `FAILED STOP ${code}`, task, now);
    this.#finish(task, { outcome: code === 0 ? 'ok' : 'failed', code, stderr: stderrTail, warnings }, now);
  }

  #say(text: string, task: Task | undefined, now: Moment): void {
    this.#options.voice.status(text, task?.because ? undefined : task, now.mono);
  }

  #finish(task: Task, result: Parameters<Voice['result']>[1], now: Moment): void {
    this.#over = task.kind === 'terminate';
    this.#close(task, result, now);
    this.#current = undefined;
    this.#next(now);
  }

  #close(task: Task, result: Parameters<Voice['result']>[1], now: Moment): void {
    if (!task.because) {
      this.#options.voice.result(task, result, now.mono);
      this.#options.book.end(task.id, now.mono);
    }
    this.#options.onDone(task, now);
  }
}

function warningsOfStop(outcome: FunctionOutcome | undefined): string[] {
  if (!outcome || outcome.code === 0) return [];
  const tail = outcome.stderrTail.trim();
  return [
    `stopFunction returned ${outcome.code}${tail === '' ? '' : ` (${tail})`}; what START left was ended all the same`,
  ];
}
