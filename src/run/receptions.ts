import { AppError, type Clock, withTimeout } from '../base/index.ts';
import type { RunEventBody } from '../events/index.ts';
import { type FileReceiver, type Reception, receiveFile } from '../transfer/index.ts';

export interface ReceptionsOptions {
  readonly clock: Clock;
  readonly emit: (event: RunEventBody) => void;
  /** From now on a transfer to this port is about this RECEIVE. */
  readonly onOpen: (port: number) => void;
  /** What the sender of these bytes has to say against them; undefined: nothing, or it is none of our agents. */
  readonly verify: (port: number, bytes: number) => Promise<string | undefined>;
}

interface Open {
  readonly port: number;
  readonly path: string;
  readonly file: string;
  readonly receiver: FileReceiver;
  readonly done: Promise<Reception>;
}

/** How long the end of a run waits for a transfer that is under way. */
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
    if ([...this.#open].some((other) => other.path === file)) {
      throw new AppError('FILE_UNWRITABLE', `another RECEIVE is writing ${shown} already`, {
        hint: 'give each RECEIVE a file of its own, or wait until the first file was sent',
      });
    }
    this.#options.onOpen(port);
    const receiver = await receiveFile({
      port,
      file,
      verify: (bytes) => this.#options.verify(port, bytes),
    });
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
    const { clock } = this.#options;
    await Promise.all(
      [...this.#open].map(({ receiver, done }) => {
        if (!receiver.isReceiving) receiver.close();
        return withTimeout(clock, done, LAST_TRANSFER_MS, () => receiver.close());
      }),
    );
    await Promise.all([...this.#open].map(({ done }) => done));
    return this.#failures;
  }

  #report({ port, file }: Open, reception: Reception): void {
    const { emit } = this.#options;
    const { kind: outcome, ...facts } = reception;
    emit({ type: 'file-received', port, file, outcome, ...facts });
    if (reception.kind !== 'failed') return;
    this.#failures.push(`RECEIVE ${port} ${file}: ${reception.reason}; what came is in ${file}.partial`);
  }
}
