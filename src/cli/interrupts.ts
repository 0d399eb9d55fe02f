import { EXIT } from './exit-codes.ts';

/** What asks for the end: Ctrl-C, `kill`, and a terminal that is closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The reason of the abort, so that whoever it passes through can tell it from a failure. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
}

/**
 * The first SIGINT, SIGTERM or SIGHUP aborts the returned signal, for an orderly end; a SIGINT or SIGTERM after that
 * ends the process at once. A SIGHUP does not: a terminal that closes sends it more than once, as kernel and shell each do.
 */
export function listenForInterrupts(): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted && name !== 'SIGHUP') process.exit(EXIT.interrupted);
      controller.abort(new Interruption(`interrupted by ${name}`));
    });
  }
  return controller.signal;
}
