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
    await this.provide(1);
    return this.#free.pop() ?? this.take();
  }

  /** Sees that so many can be taken without making any. */
  async provide(count: number): Promise<void> {
    if (this.#free.length >= count) return;
    const paths = Array.from({ length: BATCH }, (_, index) =>
      join(this.#directory, `output${this.#made + index}`),
    );
    this.#made += BATCH;
    await createFifos(paths);
    this.#free.push(...paths);
  }

  giveBack(path: string): void {
    this.#free.push(path);
  }
}
