import { drawCaret, visible } from './caret.ts';
import type { Diagnostic } from './diagnostic.ts';
import { splitLines } from './source-lines.ts';

const MOST_SHOWN = 100;

/** Of such a line there is nothing to show. */
const BLANK = /^[ \t]*$/;

/**
 * A problem as a person reads it, without colour, without a line end:
 * ```
 * wifi.playbook:3:1: error: unknown keyword "WAITFRO"
 *   WAITFRO node1 ALIVE
 *   ^^^^^^^
 *   did you mean WAITFOR?
 * ```
 */
export function formatDiagnostic(source: string, file: string, diagnostic: Diagnostic): string {
  return formatOne(splitLines(source), file, diagnostic);
}

/** All problems of a document in the order of its lines, an empty line between two; the first 100, the rest counted. */
export function formatDiagnostics(source: string, file: string, diagnostics: readonly Diagnostic[]): string {
  const lines = splitLines(source);
  const sorted = diagnostics.toSorted(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
  const shown = sorted.slice(0, MOST_SHOWN).map((diagnostic) => formatOne(lines, file, diagnostic));
  const left = sorted.length - shown.length;
  return [...shown, ...(left > 0 ? [`… and ${left} more`] : [])].join('\n\n');
}

function formatOne(lines: readonly string[], file: string, diagnostic: Diagnostic): string {
  const { severity, message, position, suggestion } = diagnostic;
  const line = lines[position.line - 1] ?? '';
  return [
    `${visible(file)}:${position.line}:${position.column}: ${severity}: ${visible(message)}`,
    ...(BLANK.test(line) ? [] : drawCaret(line, position).map((drawn) => `  ${drawn}`)),
    ...(suggestion === undefined ? [] : [`  did you mean ${visible(suggestion)}?`]),
  ].join('\n');
}
