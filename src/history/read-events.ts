import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseEvent, type RunEvent } from '../events/index.ts';
import { EVENTS_FILE } from './event-log.ts';

/**
 * The events of a recorded run, in order. A line that is no event is passed over: the last one of a run that was killed
 * may be half a line.
 * @throws Error of Node.js when the file cannot be read
 */
export async function* readEvents(folder: string): AsyncGenerator<RunEvent> {
  const input = createReadStream(join(folder, EVENTS_FILE), 'utf8');
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const event = parseEvent(line);
      if (event) yield event;
    }
  } finally {
    input.destroy();
  }
}
