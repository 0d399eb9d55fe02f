import type { Position } from '../diagnostics/index.ts';

/** No inventory comes near these. The parser calls itself for each level, and a stack that is used up ends the process. */
const DEEPEST_BRACKETS = 100;
const DEEPEST_LINE = /^(?: {300}|(?:[ \t]*[-?:][ \t]){50})/;

/** Where a YAML text is nested too deeply to be read; undefined: nowhere. */
export function findDepth(source: string): Position | undefined {
  let open = 0;
  for (const [index, line] of source.split('\n').entries()) {
    if (DEEPEST_LINE.test(line)) return { line: index + 1, column: 1, length: 1 };
    for (const { 0: bracket, index: offset } of line.matchAll(/[[\]{}]/g)) {
      open = Math.max(0, open + (bracket === '[' || bracket === '{' ? 1 : -1));
      if (open > DEEPEST_BRACKETS) return { line: index + 1, column: offset + 1, length: 1 };
    }
  }
  return undefined;
}
