/** Longer lines are handed on in pieces of this size. */
export const LONGEST_LINE_BYTES = 8192;

const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines, without their ends (LF or CR LF), in bounded memory. */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** @param chunk is not kept: its memory may be used again */
  push(chunk: Uint8Array): string[] {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      const pieces = cut(bytes.subarray(start, end));
      lines.push(...pieces.whole.map(decode), decode(pieces.rest).replace(/\r$/, ''));
      start = end + 1;
    }
    const pieces = cut(bytes.subarray(start));
    lines.push(...pieces.whole.map(decode));
    this.#rest = Buffer.from(pieces.rest);
    return lines;
  }

  /** What stands after the last line end, as a line; nothing if nothing does. */
  finish(): string[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : [decode(rest).replace(/\r$/, '')];
  }
}

/** The full pieces of an overlong line, and what is left of it (all of it, for most lines). */
function cut(line: Buffer): { whole: Buffer[]; rest: Buffer } {
  const whole: Buffer[] = [];
  let start = 0;
  while (line.length - start > LONGEST_LINE_BYTES) {
    const end = characterStart(line, start + LONGEST_LINE_BYTES);
    whole.push(line.subarray(start, end));
    start = end;
  }
  return { whole, rest: line.subarray(start) };
}

/** The position itself or up to three bytes before, so that no UTF-8 character is cut through. */
function characterStart(bytes: Buffer, position: number): number {
  for (let at = position; at > position - 4; at -= 1) {
    if (((bytes[at] ?? 0) & 0b1100_0000) !== 0b1000_0000) return at;
  }
  return position;
}

const decode = (bytes: Buffer): string => bytes.toString('utf8');
