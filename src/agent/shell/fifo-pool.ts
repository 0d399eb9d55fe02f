import { join } from 'node:path';
import { createFifos } from './fifo.ts';

/** How many are made by one `mkfifo`. */
const BATCH = 8;

/** FIFOs for the output of commands. A FIFO that nobody has open any more is as good as a new one. */
export class FifoPool {
  readonly #directory: string;
  readonly #free: string[] = [];
  #made = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async take(): Promise<string> {
    if (this.#free.length === 0) {
      const paths = Array.from({ length: BATCH }, (_, index) =>
        join(this.#directory, `output${this.#made + index}`),
      );
      this.#made += BATCH;
      await createFifos(paths);
      this.#free.push(...paths);
    }
    return this.#free.pop() ?? this.take();
  }

  giveBack(path: string): void {
    this.#free.push(path);
  }
}
