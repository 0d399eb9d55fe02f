/** What the prelude or a helper of the script says. Kinds are the prelude's first words of `__mo_say`. */
export interface ControlMessage {
  readonly kind: string;
  /** '' outside any command. */
  readonly commandId: string;
  readonly text: string;
}

/** Longest text of one message; what is beyond is cut off. */
const LONGEST_TEXT_BYTES = 1024 * 1024;
/** The prelude's lines have at most 512 bytes; anything much longer is not from it. */
const LONGEST_LINE_BYTES = 4096;
/** Messages of which some pieces have come. A writer that dies between two pieces never ends its own. */
const MOST_UNFINISHED = 64;

const TAB = 0x09;
const NEWLINE = 0x0a;

/**
 * Joins the lines of the control channel to messages: `KIND ⇥ COMMAND ⇥ MESSAGE ⇥ MORE ⇥ PIECE`, where MESSAGE tells
 * the pieces of several writers apart and MORE is 1 for all but the last. Lines of another form are skipped: the
 * channel is open to the script.
 */
export class ControlDecoder {
  #rest: Buffer = Buffer.alloc(0);
  readonly #unfinished = new Map<string, { readonly pieces: Buffer[]; sizeBytes: number }>();
  readonly #onMessage: (message: ControlMessage) => void;

  constructor(onMessage: (message: ControlMessage) => void) {
    this.#onMessage = onMessage;
  }

  /** @param chunk is not kept: its memory may be used again */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.#line(bytes.subarray(start, end));
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    this.#rest = rest.length <= LONGEST_LINE_BYTES ? Buffer.from(rest) : Buffer.alloc(0);
  }

  #line(line: Buffer): void {
    const tabs = firstTabs(line, 4);
    const [kindEnd, commandEnd, messageEnd, moreEnd] = tabs;
    if (
      kindEnd === undefined ||
      commandEnd === undefined ||
      messageEnd === undefined ||
      moreEnd === undefined
    ) {
      return;
    }
    const key = line.toString('latin1', 0, messageEnd);
    const message = this.#unfinished.get(key) ?? { pieces: [], sizeBytes: 0 };
    this.#unfinished.delete(key);
    if (message.sizeBytes < LONGEST_TEXT_BYTES) {
      message.pieces.push(line.subarray(moreEnd + 1));
      message.sizeBytes += line.length - moreEnd - 1;
    }
    if (line.toString('latin1', messageEnd + 1, moreEnd) === '1') {
      this.#keep(key, message);
      return;
    }
    this.#onMessage({
      kind: line.toString('latin1', 0, kindEnd),
      commandId: line.toString('utf8', kindEnd + 1, commandEnd),
      text: unescapeText(Buffer.concat(message.pieces).toString('utf8')),
    });
  }

  #keep(key: string, message: { readonly pieces: Buffer[]; sizeBytes: number }): void {
    for (const oldest of this.#unfinished.keys()) {
      if (this.#unfinished.size < MOST_UNFINISHED) break;
      this.#unfinished.delete(oldest);
    }
    this.#unfinished.set(key, message);
  }
}

function firstTabs(line: Buffer, count: number): number[] {
  const tabs: number[] = [];
  for (let at = line.indexOf(TAB); at >= 0 && tabs.length < count; at = line.indexOf(TAB, at + 1))
    tabs.push(at);
  return tabs;
}

/** The prelude writes a backslash as two, and a line end as backslash and n. */
function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}
