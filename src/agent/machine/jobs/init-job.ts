import { functionOf, INIT_FAILED, INIT_VERB } from '../../../protocol/index.ts';
import type { FunctionOutcome, LoadOutcome } from '../../shell/shell.ts';
import type { Moment } from '../agent-port.ts';
import type { Job, JobContext, JobInput } from './job.ts';

/** Loading the script and running its initFunction: only then is the agent ALIVE. */
export class InitJob implements Job {
  readonly #context: JobContext;
  #interrupted = false;

  constructor(context: JobContext) {
    this.#context = context;
  }

  begin(): void {
    this.#context.emit({ kind: 'load-script' });
  }

  handle(input: JobInput, now: Moment): void {
    // Only TERMINATE interrupts it, and then nobody asks any more whether it went well.
    if (this.#interrupted) this.#context.finish({ outcome: 'cancelled' }, now);
    else if (input.kind === 'script-loaded') this.#loaded(input.outcome, now);
    else if (input.kind === 'function-ended') this.#ended(input.outcome, now);
  }

  interrupt(): void {
    if (!this.#interrupted) this.#context.emit({ kind: 'interrupt' });
    this.#interrupted = true;
  }

  #loaded(outcome: LoadOutcome, now: Moment): void {
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

  #ended({ code, stderrTail, incidental = false }: FunctionOutcome, now: Moment): void {
    if (code !== 0 && incidental) this.#warnOf(code, stderrTail.trim());
    if (code === 0 || incidental) this.#ready(now);
    else this.#failed(String(code), stderrTail.trim(), now);
  }

  /** Scripts of the original end with a `killall` or an `rm` that may find nothing. */
  #warnOf(code: number, stderr: string): void {
    const said = stderr === '' ? '' : `: ${stderr}`;
    const message = `the last command of initFunction returned ${code}${said}; a failure is what it says with return or exit`;
    this.#context.emit({ kind: 'log', level: 'warn', message });
  }

  #ready(now: Moment): void {
    this.#context.script.ready();
    this.#context.say('ALIVE', now);
    this.#context.finish({ outcome: 'ok' }, now);
  }

  #failed(reason: string, stderr: string, now: Moment): void {
    const status = [...INIT_FAILED, reason].join(' ');
    const whole = stderr === '' ? status : `${status}: ${stderr}`;
    this.#context.emit({ kind: 'log', level: 'warn', message: `${whole}; commands are refused` });
    this.#context.script.failed(whole);
    this.#context.say(status, now);
    this.#context.finish({ outcome: 'failed' }, now);
  }
}
