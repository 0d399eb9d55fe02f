import type { Position } from './diagnostic.ts';

/** Longest piece of a line that is quoted, and how much of it stands before the caret when the line is cut. */
const LONGEST = 100;
const BEFORE_CARET = 40;

/**
 * The line and, below, carets under the place; a long line is cut around them. A tab is shown as one blank; characters
 * that a terminal draws wide count two, accents that join the character before them none.
 */
export function drawCaret(line: string, { column, length }: Position): readonly [string, string] {
  const start = column - 1;
  const from = line.length > LONGEST ? Math.max(0, Math.min(start - BEFORE_CARET, line.length - LONGEST)) : 0;
  const to = from + LONGEST;
  const before = (from > 0 ? '…' : '') + visible(line.slice(from, start));
  const place = visible(line.slice(start, Math.min(start + length, to)));
  const after = visible(line.slice(start + length, to)) + (to < line.length ? '…' : '');
  return [before + place + after, ' '.repeat(terminalWidth(before)) + '^'.repeat(terminalWidth(place) || 1)];
}

const UNSEEN = /[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;

/** Text of a document as it may be sent to a terminal: what would steer it, or hide, is replaced, one for one. */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    if (character === '\t') return ' ';
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? '\u2421' : '\uFFFD';
  });
}

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const WIDE =
  /\uFE0F|[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3001-\u3029\uFF01-\uFF60]/u;

function terminalWidth(text: string): number {
  let width = 0;
  for (const { segment } of GRAPHEMES.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}
