import { dirname, join } from 'node:path';
import type { RunEvent } from '../events/index.ts';
import { Appender, makePrivateFolder } from './private-files.ts';
import type { OutputOfNode } from './run-document.ts';

type OutputReceived = Extract<RunEvent, { type: 'output-received' }>;

interface OutputLimits {
  /** Bytes of one node, and of all together. */
  readonly outputOfNode: number;
  readonly outputOfAll: number;
}

/** Of hundreds of nodes. */
const MOST_OPEN = 128;

interface Entry {
  readonly file: string;
  bytes: number;
  linesLeftOut: number;
}

/** What each node printed, in a file of its own: as it printed it, with nothing between the lines. */
export class NodeOutputs {
  readonly #folder: string;
  readonly #limits: OutputLimits;
  readonly #entries = new Map<string, Entry>();
  readonly #files = new Appender(MOST_OPEN);
  #bytes = 0;

  constructor(folder: string, limits: OutputLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  add({ node, lines }: OutputReceived): void {
    const entry = this.#entryOf(node);
    const text = `${lines.join('\n')}\n`;
    const bytes = Buffer.byteLength(text);
    const isFull =
      entry.linesLeftOut > 0 ||
      entry.bytes + bytes > this.#limits.outputOfNode ||
      this.#bytes + bytes > this.#limits.outputOfAll;
    if (isFull) {
      if (entry.linesLeftOut === 0) this.#append(entry, LEFT_OUT);
      entry.linesLeftOut += lines.length;
    } else {
      this.#append(entry, text);
    }
  }

  of(node: string): OutputOfNode | null {
    const entry = this.#entries.get(node);
    return entry ? { ...entry } : null;
  }

  close(): void {
    this.#files.close();
  }

  #append(entry: Entry, text: string): void {
    const bytes = this.#files.append(join(this.#folder, entry.file), text);
    entry.bytes += bytes;
    this.#bytes += bytes;
  }

  #entryOf(node: string): Entry {
    let entry = this.#entries.get(node);
    if (!entry) {
      entry = { file: join('nodes', encodeURIComponent(node), 'output.log'), bytes: 0, linesLeftOut: 0 };
      makePrivateFolder(dirname(join(this.#folder, entry.file)));
      this.#entries.set(node, entry);
    }
    return entry;
  }
}

const LEFT_OUT = '[the record is full: the rest is left out]\n';
