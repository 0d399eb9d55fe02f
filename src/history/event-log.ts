import { join } from 'node:path';
import { formatEvent, type RunEvent } from '../events/index.ts';
import { Appender } from './private-files.ts';

export const EVENTS_FILE = 'events.ndjson';

/** They come in any number: left out where the file is large. What is left tells how the run went. */
const PLENTIFUL: ReadonlySet<RunEvent['type']> = new Set([
  'output-received',
  'update-reported',
  'status-reported',
  'step-waiting',
]);

/** The events of a run as they come, each in the file before the next is heard. */
export class EventLog {
  readonly #path: string;
  readonly #mostBytes: number;
  readonly #file = new Appender(1);
  #bytes = 0;
  #written = 0;
  #leftOut = 0;

  /** @param mostBytes the plentiful ones stop here, all others at twice as many */
  constructor(folder: string, mostBytes: number) {
    this.#path = join(folder, EVENTS_FILE);
    this.#mostBytes = mostBytes;
  }

  get counts(): { readonly written: number; readonly leftOut: number } {
    return { written: this.#written, leftOut: this.#leftOut };
  }

  add(event: RunEvent): void {
    const line = `${formatEvent(event)}\n`;
    const most = PLENTIFUL.has(event.type) ? this.#mostBytes : 2 * this.#mostBytes;
    if (this.#bytes + line.length > most) {
      this.#leftOut += 1;
      return;
    }
    this.#bytes += this.#file.append(this.#path, line);
    this.#written += 1;
  }

  close(): void {
    this.#file.close();
  }
}
