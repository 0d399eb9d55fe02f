import { doneStatus } from '../../../protocol/index.ts';
import type { Moment } from '../agent-port.ts';
import type { Job, JobContext, JobInput } from './job.ts';

/** TERMINATE: an end to everything of this node, initFunction's work included. */
export class TerminateJob implements Job {
  readonly #context: JobContext;

  constructor(context: JobContext) {
    this.#context = context;
  }

  begin(): void {
    this.#context.emit({ kind: 'end-leftovers', kept: [] });
  }

  handle(input: JobInput, now: Moment): void {
    if (input.kind !== 'leftovers-ended') return;
    const { say, finish } = this.#context;
    const warnings = input.survivors.length > 0 ? [`still running: ${input.survivors.join(', ')}`] : [];
    say(doneStatus('TERMINATE'), now);
    finish({ outcome: 'ok', warnings }, now);
  }

  /** There is nothing that could be cut short. */
  interrupt(): void {}
}
