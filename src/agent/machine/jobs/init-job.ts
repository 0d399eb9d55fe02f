import { INIT_FAILED, INIT_VERB } from '../../../protocol/index.ts';
import type { LoadOutcome } from '../../shell/shell.ts';
import type { Moment } from '../agent-port.ts';
import { functionOf } from '../task.ts';
import type { Job, JobContext, JobInput } from './job.ts';

/** Loading the script and running its initFunction: only then is the agent ALIVE. */
export class InitJob implements Job {
  readonly #context: JobContext;
  #interrupted = false;

  constructor(context: JobContext) {
    this.#context = context;
  }

  /** Nothing yet: the script is being loaded. */
  begin(): void {}

  scriptLoaded(outcome: LoadOutcome, now: Moment): void {
    const { script, task, emit } = this.#context;
    if (!outcome.ok) {
      this.#failed(outcome.reason, '', now);
      return;
    }
    script.loaded(outcome);
    if (script.answers(INIT_VERB))
      emit({ kind: 'run-function', id: task.id, name: functionOf(INIT_VERB), args: [] });
    else this.#ready(now);
  }

  handle(input: JobInput, now: Moment): void {
    if (input.kind !== 'function-ended') return;
    const { code, stderrTail } = input.outcome;
    if (code === 0) this.#ready(now);
    else this.#failed(String(code), stderrTail.trim(), now);
  }

  interrupt(): void {
    if (!this.#interrupted) this.#context.emit({ kind: 'interrupt' });
    this.#interrupted = true;
  }

  #ready(now: Moment): void {
    this.#context.script.ready();
    this.#context.say('ALIVE', now);
    this.#context.finish({ outcome: 'ok' }, now);
  }

  #failed(reason: string, stderr: string, now: Moment): void {
    const status = [...INIT_FAILED, reason].join(' ');
    this.#context.script.failed(stderr === '' ? status : `${status}: ${stderr}`);
    this.#context.say(status, now);
    this.#context.finish({ outcome: 'failed' }, now);
  }
}
