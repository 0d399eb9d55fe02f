import { doneStatus, functionOf, isVerb } from '../../../protocol/index.ts';
import type { Moment } from '../agent-port.ts';
import { shownVerb } from '../task.ts';
import { type Job, type JobContext, type JobInput, resultOf } from './job.ts';

/** START, or a verb of the user's: a function of the script. */
export class CallJob implements Job {
  readonly #context: JobContext;
  #interrupted = false;

  constructor(context: JobContext) {
    this.#context = context;
  }

  begin(now: Moment): void {
    const { task, script, emit } = this.#context;
    const { id, verb, args, at } = task;
    if (isVerb(verb) && script.answers(verb))
      emit({ kind: 'run-function', id, name: functionOf(verb), args, ...(at !== undefined && { at }) });
    else this.#unknown(now);
  }

  handle(input: JobInput, now: Moment): void {
    if (input.kind !== 'function-ended') return;
    const { task, say, finish } = this.#context;
    const { code, interrupted } = input.outcome;
    const result = resultOf(input);
    if (interrupted) {
      finish({ ...result, outcome: 'cancelled' }, now);
    } else if (code === 0) {
      say(doneStatus(task.verb), now);
      finish({ ...result, outcome: 'ok' }, now);
    } else {
      say(`FAILED ${task.verb} ${code}`, now);
      finish({ ...result, outcome: 'failed' }, now);
    }
  }

  interrupt(): void {
    if (!this.#interrupted) this.#context.emit({ kind: 'interrupt' });
    this.#interrupted = true;
  }

  #unknown(now: Moment): void {
    const { task, script, say, finish } = this.#context;
    const { verb } = task;
    const why =
      script.unusable ?? (verb === 'START' ? 'the node script has no startFunction' : 'unknown command');
    say(`FAILED ${shownVerb(verb)}: ${why}`, now);
    finish({ outcome: 'failed', code: 127, stderr: why }, now);
  }
}
