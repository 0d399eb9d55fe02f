import type { NodeName } from '../protocol/index.ts';
import type { Command } from './node/command.ts';

export interface LedgerEntry {
  readonly node: NodeName;
  readonly command: Command;
}

/** Entries that turned out well are forgotten whenever this many have come together. */
const TIDY_AT = 1000;
/** SENDFILEs to one port that are remembered, the latest. */
const MOST_SEND_FILES = 1000;

/** The commands of a run whose end is open or was not good. */
export class CommandLedger {
  #entries: LedgerEntry[] = [];
  #tidyAt = TIDY_AT;
  /** The SENDFILEs to each port that is watched. */
  readonly #sendFiles = new Map<string, LedgerEntry[]>();

  get size(): number {
    return this.#entries.length;
  }

  add(node: NodeName, command: Command): void {
    const entry = { node, command };
    if (command.verb === 'SENDFILE') this.#addSendFile(entry);
    this.#entries.push(entry);
    if (this.#entries.length < this.#tidyAt) return;
    this.#entries = this.#entries.filter(
      (earlier) => earlier.command.end === undefined || isFailure(earlier.command),
    );
    this.#tidyAt = this.#entries.length + TIDY_AT;
  }

  /** A list to which every SENDFILE to this port is added, whatever its host, until the port is watched anew. */
  watchSendFilesTo(port: number): readonly LedgerEntry[] {
    const sendFiles: LedgerEntry[] = [];
    this.#sendFiles.set(String(port), sendFiles);
    return sendFiles;
  }

  /** What ended otherwise than well, and was not waited for as a failure. */
  failures(): readonly LedgerEntry[] {
    return this.#entries.filter(({ command }) => isFailure(command));
  }

  /** The first of those of one node. */
  failureOf(node: NodeName): Command | undefined {
    return this.#entries.find((entry) => entry.node === node && isFailure(entry.command))?.command;
  }

  #addSendFile(entry: LedgerEntry): void {
    const sendFiles = this.#sendFiles.get(entry.command.args[2] ?? '');
    if (!sendFiles) return;
    sendFiles.push(entry);
    if (sendFiles.length > MOST_SEND_FILES) sendFiles.shift();
  }
}

function isFailure({ end, failureExpected, stoppedByRun, superseded }: Command): boolean {
  if (end === undefined || end === 'ok' || superseded || (end === 'failed' && failureExpected)) return false;
  // What this run's own STOP cancelled was meant to end so.
  return end !== 'cancelled' || !stoppedByRun;
}
