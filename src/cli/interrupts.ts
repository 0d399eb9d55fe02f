import { EXIT } from './exit-codes.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The reason of the abort, so that whoever it passes through can tell it from a failure. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}

/** The first SIGINT or SIGTERM aborts the returned signal, for an orderly end; the second ends the process at once. */
export function listenForInterrupts(): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort(new Interruption(`interrupted by ${name}`));
    });
  }
  return controller.signal;
}
