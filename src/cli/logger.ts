import type { Logger } from '../base/index.ts';
import { safeText } from '../report/index.ts';
import type { Writer } from './output.ts';

/** A script's last words have room in it. */
const LONGEST_MESSAGE = 8000;

/** Says on `writer` what components report: warnings and what matters always, details with `debug` only. */
export function createLogger(writer: Writer, options: { readonly debug: boolean }): Logger {
  return {
    debug(message) {
      if (options.debug) writer.write(`debug: ${harmless(message)}\n`);
    },
    info: (message) => writer.write(`${harmless(message)}\n`),
    warn: (message) => writer.write(`warning: ${harmless(message)}\n`),
  };
}

/** What others sent may be in it. */
function harmless(message: string): string {
  const shown = message.length > LONGEST_MESSAGE ? `${message.slice(0, LONGEST_MESSAGE)}…` : message;
  return safeText(shown, true);
}
