import type { Reporter, ReporterOptions } from './reporter.ts';

/** What JSON leaves as it is although a terminal acts on it: DEL, the 8-bit controls, what reorders text. */
const RAW_CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One event a line and nothing else; the fields that every reader filters by come first. */
export function createNdjsonReporter({ write }: ReporterOptions): Reporter {
  return {
    onEvent({ type, runId, seq, at, elapsedMs, ...body }) {
      const line = JSON.stringify({ type, runId, seq, at, elapsedMs, ...body });
      write(`${line.replace(RAW_CONTROLS, escapeUnits)}\n`);
    },
    clearLine() {},
  };
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, unit) => {
    return `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }).join('');
}
