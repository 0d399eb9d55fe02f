import { resolve } from 'node:path';
import type { Clock } from '../base/index.ts';
import { type Sending, sendFile } from '../transfer/index.ts';
import type { EffectOf } from './machine/agent-port.ts';

interface FileSender {
  /** One at a time. */
  send(file: EffectOf<'send-file'>): Promise<Sending>;
  /** Ends the sending that is under way. */
  giveUp(): void;
}

/** Sends files of the node, by their names as its script would use them. */
export function createFileSender({
  workingDirectory,
  clock,
}: {
  readonly workingDirectory: string;
  readonly clock: Clock;
}): FileSender {
  let abort = new AbortController();
  return {
    send(effect) {
      abort = new AbortController();
      const file = resolve(workingDirectory, effect.file);
      return sendFile({ ...effect, file, clock, signal: abort.signal });
    },
    giveUp: () => abort.abort(),
  };
}
