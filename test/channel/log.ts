import type { Logger } from '../../src/base/index.ts';

/** Remembers what was logged, each line with its level. */
export function createLog(): { readonly logger: Logger; readonly lines: readonly string[] } {
  const lines: string[] = [];
  return {
    lines,
    logger: {
      debug: (message) => lines.push(`debug: ${message}`),
      info: (message) => lines.push(`info: ${message}`),
      warn: (message) => lines.push(`warn: ${message}`),
    },
  };
}
