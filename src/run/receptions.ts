import { AppError, type Clock, withTimeout } from '../base/index.ts';
import type { RunEventBody } from '../events/index.ts';
import {
  type Arrival,
  type Endorsement,
  type FileReceiver,
  type Reception,
  receiveFile,
} from '../transfer/index.ts';

export interface ReceptionsOptions {
  readonly clock: Clock;
  readonly emit: (event: RunEventBody) => void;
  /**
   * From now on a SENDFILE to this port is about this RECEIVE.
   * @returns asks those who were told to send about what came
   */
  readonly watchSenders: (port: number) => (arrival: Arrival, signal: AbortSignal) => Promise<Endorsement>;
}

interface Open {
  readonly port: number;
  readonly path: string;
  readonly file: string;
  readonly receiver: FileReceiver;
  readonly done: Promise<Reception>;
}

/** How long the end of a run, or the next RECEIVE on the port, waits for a transfer that is under way. */
const LAST_TRANSFER_MS = 10_000;

/** The files that a run receives, in the background, from their RECEIVE to the run's end. */
export class Receptions {
  readonly #options: ReceptionsOptions;
  readonly #open = new Set<Open>();
  readonly #failures: string[] = [];

  constructor(options: ReceptionsOptions) {
    this.#options = options;
  }

  /**
   * Listens from now on.
   * @param file absolute path
   * @param shown the file as the playbook names it
   * @throws AppError LISTEN_FAILED, FILE_UNWRITABLE
   */
  async open(port: number, file: string, shown: string): Promise<void> {
    await this.#makeWay(port, file, shown);
    const receiver = await receiveFile({ port, file, verify: this.#options.watchSenders(port) });
    const done = receiver.ended.then((reception) => {
      this.#open.delete(entry);
      this.#report(entry, reception);
      return reception;
    });
    const entry: Open = { port, path: file, file: shown, receiver, done };
    this.#open.add(entry);
  }

  /** Waits for what is under way, closes the rest. Returns what went wrong, for people. */
  async finish(): Promise<readonly string[]> {
    // Who was to have a result has it, or gets it no more.
    for (const { receiver } of this.#open) receiver.stopAsking();
    await Promise.all([...this.#open].map((open) => this.#end(open)));
    return this.#failures;
  }

  async #end({ receiver, done }: Open): Promise<void> {
    const giveUp = (): void =>
      receiver.close(`it was not complete within ${LAST_TRANSFER_MS / 1000} s of the end of the run`);
    if (!receiver.isReceiving) giveUp();
    await withTimeout(this.#options.clock, done, LAST_TRANSFER_MS, giveUp);
    await done;
  }

  /** An earlier RECEIVE on the port that saw but a connection without a byte has had its file: an empty one. */
  async #makeWay(port: number, file: string, shown: string): Promise<void> {
    const earlier = [...this.#open].find((other) => other.port === port && other.receiver.isListening);
    if (earlier && !earlier.receiver.hadEmptyVisit) throw portInUse(earlier);
    if (earlier) await this.#end(earlier);
    if ([...this.#open].some((other) => other.path === file)) {
      throw new AppError('FILE_UNWRITABLE', `another RECEIVE is writing ${shown} already`, {
        hint: 'give each RECEIVE a file of its own, or wait until the first file was sent',
      });
    }
  }

  #report({ port, file }: Open, reception: Reception): void {
    const { emit } = this.#options;
    const { kind: outcome, ...facts } = reception;
    emit({ type: 'file-received', port, file, outcome, ...facts });
    if (reception.kind !== 'failed') return;
    this.#failures.push(`RECEIVE ${port} ${file}: ${reception.reason}; what came is in ${file}.partial`);
  }
}

function portInUse({ port, file }: Open): AppError {
  return new AppError('LISTEN_FAILED', `the RECEIVE of ${file} still waits for its file on port ${port}`, {
    hint: 'use another port, or wait until the first file was sent (WAITFOR node1 SENT FILE)',
  });
}
