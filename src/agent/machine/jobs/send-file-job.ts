import type { Moment } from '../agent-port.ts';
import type { Job, JobContext, JobInput } from './job.ts';

const USAGE = 'SENDFILE needs <file> <host> <port> and perhaps TRUNCATE';

/** SENDFILE: a file of the node over TCP to whoever listens, which is mostly a RECEIVE of the playbook. */
export class SendFileJob implements Job {
  readonly #context: JobContext;
  #interrupted = false;

  constructor(context: JobContext) {
    this.#context = context;
  }

  begin(now: Moment): void {
    const { task, emit, say } = this.#context;
    const [file, host, port, mode, ...rest] = task.args;
    const isComplete = file !== undefined && host !== undefined && isPort(port);
    if (!isComplete || (mode !== undefined && mode !== 'TRUNCATE') || rest.length > 0) {
      this.#failed(USAGE, now);
      return;
    }
    say('SENDING FILE', now);
    emit({ kind: 'send-file', file, host, port: Number(port), truncate: mode === 'TRUNCATE' });
  }

  handle(input: JobInput, now: Moment): void {
    if (input.kind !== 'file-sent') return;
    const { say, finish } = this.#context;
    const { sending } = input;
    if (sending.kind === 'sent') {
      say('SENT FILE', now);
      finish({ outcome: 'ok', bytes: sending.bytes, warnings: sending.warnings }, now);
    } else if (this.#interrupted) {
      finish({ outcome: 'cancelled', bytes: sending.bytes, stderr: sending.reason }, now);
    } else {
      this.#failed(sending.reason, now, sending.bytes);
    }
  }

  interrupt(): void {
    if (!this.#interrupted) this.#context.emit({ kind: 'give-up-file' });
    this.#interrupted = true;
  }

  #failed(why: string, now: Moment, bytes?: number): void {
    this.#context.say(`FAILED SENDFILE: ${why}`, now);
    this.#context.finish({ outcome: 'failed', stderr: why, ...(bytes !== undefined && { bytes }) }, now);
  }
}

function isPort(text: string | undefined): boolean {
  const port = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535;
}
