/** From here on a character may take two columns. Some of these take one: better too short a line than a wrapped one. */
const FIRST_WIDE = 0x1100;

/** The text, or its beginning with an ellipsis, in at most so many columns; a line feed becomes a blank. */
export function fitColumns(text: string, columns: number, ellipsis: string): string {
  const line = text.replaceAll('\n', ' ');
  if (line.length * 2 <= columns || columnsOf(line) <= columns) return line;
  const room = Math.max(0, columns - columnsOf(ellipsis));
  let used = 0;
  let kept = '';
  for (const character of line) {
    used += columnsOf(character);
    if (used > room) break;
    kept += character;
  }
  return kept + ellipsis;
}

function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += (character.codePointAt(0) ?? 0) < FIRST_WIDE ? 1 : 2;
  return columns;
}
