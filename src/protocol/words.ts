/**
 * The words of a plain-text command. Blanks separate; `'…'` and `"…"` group, and may be empty; inside `"…"` a
 * backslash keeps a following `"` or `\`. A quote that is never closed is an ordinary character, and so is a
 * backslash anywhere else. Nothing is expanded.
 */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  // After one `"` that is never closed, every later one had a backslash before it and is not closed either. To look
  // for their ends too would take the square of the length, on a text that anybody may send.
  let doubleQuotesClose = true;
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (isBlank(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += 1;
      continue;
    }
    const quoted = character !== '"' || doubleQuotesClose ? readQuoted(text, at) : undefined;
    if (character === '"' && !quoted) doubleQuotesClose = false;
    word = (word ?? '') + (quoted?.content ?? character);
    at = quoted?.end ?? at + 1;
  }
  if (word !== undefined) words.push(word);
  return words;
}

const isBlank = (character: string): boolean => ' \t\n\r'.includes(character);

function readQuoted(text: string, start: number): { content: string; end: number } | undefined {
  if (text[start] === "'") {
    const close = text.indexOf("'", start + 1);
    return close < 0 ? undefined : { content: text.slice(start + 1, close), end: close + 1 };
  }
  return text[start] === '"' ? readDoubleQuoted(text, start) : undefined;
}

function readDoubleQuoted(text: string, start: number): { content: string; end: number } | undefined {
  let content = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') return { content, end: at + 1 };
    const next = text[at + 1];
    if (character === '\\' && (next === '"' || next === '\\')) {
      content += next;
      at += 1;
    } else {
      content += character;
    }
  }
  return undefined;
}

/** A text that `splitWords` splits into exactly these words. */
export function joinWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

function quoteWord(word: string): string {
  if (/^[^\s'"]+$/.test(word)) return word;
  if (!word.includes("'")) return `'${word}'`;
  return `"${word.replace(/[\\"]/g, '\\$&')}"`;
}
