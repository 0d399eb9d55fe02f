/**
 * A command for the prelude's loop: 8 hexadecimal digits, the length of the rest in bytes, then the words, quoted for
 * `eval "set -- …"`. Any text is a word, empty or of 100 kB; only NUL cannot be one, since bash has no such strings.
 */
export function encodeCommand(words: readonly string[]): Buffer {
  const body = Buffer.from(words.map(quoteWord).join(' '));
  return Buffer.concat([Buffer.from(body.length.toString(16).padStart(8, '0')), body]);
}

/** To a shell that waits for an instant: do not begin. It is skipped where it comes too late, in front of any command. */
export const TAKE_BACK = '\n';
/** To a shell that cannot tell the time: begin now. */
export const RELEASE = 'g';

function quoteWord(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
