import type { Logger } from '../base/index.ts';
import type { Writer } from './output.ts';

/** Says on `writer` what components report: warnings and what matters always, details with `debug` only. */
export function createLogger(writer: Writer, options: { readonly debug: boolean }): Logger {
  return {
    debug(message) {
      if (options.debug) writer.write(`debug: ${message}\n`);
    },
    info: (message) => writer.write(`${message}\n`),
    warn: (message) => writer.write(`warning: ${message}\n`),
  };
}
