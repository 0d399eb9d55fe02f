/** The lines of a document as both parser and diagnostics count them: LF or CRLF ends a line, a BOM is not text. */
export function splitLines(source: string): string[] {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  return text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

/** Without the blanks and tabs around it. (A regular expression for the end would be slow on a long run of blanks.) */
export function trimBlanks(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && isBlank(line[start])) start += 1;
  while (end > start && isBlank(line[end - 1])) end -= 1;
  return line.slice(start, end);
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

/** Control characters [Unicode category Cc] but the tab: none has a meaning here, and some hide what a line does. */
export const CONTROL_CHARACTER = /(?!\t)\p{Cc}/u;

/** How a control character is named in a message: `U+001B`. */
export function nameCharacter(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
