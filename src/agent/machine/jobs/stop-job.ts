import { doneStatus, formatNodeLoss, functionOf } from '../../../protocol/index.ts';
import type { FunctionOutcome } from '../../shell/shell.ts';
import type { Moment } from '../agent-port.ts';
import { nodeLoss, type Task } from '../task.ts';
import { type Job, type JobContext, type JobInput, resultOf } from './job.ts';

type FunctionEnded = Extract<JobInput, { kind: 'function-ended' }>;

/**
 * STOP: stopFunction, and then, unless it was given arguments, an end to everything that commands left running.
 * `STOP 5201` is for the script alone: its code alone counts.
 */
export class StopJob implements Job {
  readonly #context: JobContext;
  /** Its function, when there is one. */
  #ended: FunctionEnded | undefined;
  #interrupted = false;
  #deadline: number | undefined;

  constructor(context: JobContext) {
    this.#context = context;
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  begin(now: Moment): void {
    const { task, script, emit, say, finish, stopLimitMs } = this.#context;
    if (script.answers('STOP')) {
      this.#deadline = now.mono + stopLimitMs;
      emit({ kind: 'run-function', id: task.id, name: functionOf('STOP'), args: task.args });
    } else if (task.args.length === 0) {
      this.#endLeftovers();
    } else {
      const why = 'the node script has no stopFunction that could stop a part of the work';
      say(`FAILED STOP: ${why}`, now);
      finish({ outcome: 'failed', code: 127, stderr: why }, now);
    }
  }

  handle(input: JobInput, now: Moment): void {
    if (input.kind === 'leftovers-ended') {
      this.#leftoversEnded(input.survivors, now);
    } else if (input.kind === 'function-ended') {
      this.#deadline = undefined;
      this.#ended = input;
      if (this.#context.task.args.length === 0) this.#endLeftovers();
      else this.#partEnded(input, now);
    }
  }

  interrupt(): void {
    this.#deadline = undefined;
    if (!this.#interrupted) this.#context.emit({ kind: 'interrupt' });
    this.#interrupted = true;
  }

  #endLeftovers(): void {
    this.#context.emit({ kind: 'end-leftovers', kept: [this.#context.initId] });
  }

  #leftoversEnded(survivors: readonly string[], now: Moment): void {
    const { task, say, finish } = this.#context;
    const { code, output } = this.#ended ? resultOf(this.#ended) : {};
    const outcome = this.#ended?.outcome;
    const warnings = [...(outcome?.warnings ?? []), ...warningsOf(outcome)];
    const more = { warnings, ...(output !== undefined && { output }) };
    if (survivors.length === 0) {
      say(stoppedStatus(task), now);
      finish({ outcome: 'ok', ...(code !== undefined && { code }), ...more }, now);
    } else {
      const stderr = `still running: ${survivors.join(', ')}`;
      say(`FAILED STOP ${stderr}`, now);
      finish({ outcome: 'failed', code: code ?? 1, stderr, ...more }, now);
    }
  }

  #partEnded(ended: FunctionEnded, now: Moment): void {
    const { say, finish } = this.#context;
    const { code } = ended.outcome;
    const isDone = code === 0;
    say(isDone ? doneStatus('STOP') : `FAILED STOP ${code}`, now);
    finish({ ...resultOf(ended), outcome: isDone ? 'ok' : 'failed' }, now);
  }
}

/** `STOPPED`, and why when no command asked for it. */
function stoppedStatus(task: Task): string {
  const loss = nodeLoss(task);
  if (loss) return formatNodeLoss(loss);
  return task.because ? `${doneStatus('STOP')} ${task.because}` : doneStatus('STOP');
}

/** Its process was often gone already: that is what STOP is for, so it is no failure. */
function warningsOf(outcome: FunctionOutcome | undefined): readonly string[] {
  if (!outcome || outcome.code === 0) return [];
  const tail = outcome.stderrTail.trim();
  const said = tail === '' ? '' : ` (${tail})`;
  return [`stopFunction returned ${outcome.code}${said}; what START left was ended all the same`];
}
