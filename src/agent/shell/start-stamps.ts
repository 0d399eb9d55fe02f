import { QuietFifo } from './fifo.ts';
import { startsFifo } from './private-directory.ts';

/** When functions began that waited for their instant, as the shell stamped it: read some time later, when asked. */
export class StartStamps {
  readonly #fifo: QuietFifo;

  constructor(directory: string) {
    this.#fifo = new QuietFifo(startsFifo(directory));
  }

  /** @returns microseconds of the wall clock; undefined when this command's function has not begun. Once: then it is forgotten */
  take(commandId: string): number | undefined {
    const line = this.#fifo
      .read()
      .split('\n')
      .find((each) => each.startsWith(`${commandId} `));
    const stamp = line?.slice(commandId.length + 1) ?? '';
    return /^\d{1,17}$/.test(stamp) ? Number(stamp) : undefined;
  }

  close(): void {
    this.#fifo.close();
  }
}
