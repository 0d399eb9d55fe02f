import { isStoppingVerb, type NodeName } from '../protocol/index.ts';
import type { Command } from './node/command.ts';

interface Entry {
  /** Numbers the commands of the run. */
  readonly number: number;
  readonly node: NodeName;
  readonly command: Command;
}

/** Entries that turned out well are forgotten whenever this many have come together. */
const TIDY_AT = 1000;

/** The commands of a run whose end is open or was not good. */
export class CommandLedger {
  #entries: Entry[] = [];
  #tidyAt = TIDY_AT;
  #added = 0;
  /** The number of the last STOP or TERMINATE to each node. */
  readonly #lastStops = new Map<NodeName, number>();
  /** The last SENDFILE to each port. */
  readonly #sendFiles = new Map<string, Command>();

  get size(): number {
    return this.#entries.length;
  }

  add(node: NodeName, command: Command): void {
    this.#added += 1;
    if (isStoppingVerb(command.verb)) this.#lastStops.set(node, this.#added);
    const [, , port] = command.args;
    if (command.verb === 'SENDFILE' && port !== undefined) this.#sendFiles.set(port, command);
    this.#entries.push({ number: this.#added, node, command });
    if (this.#entries.length < this.#tidyAt) return;
    this.#entries = this.#entries.filter(
      (entry) => entry.command.end === undefined || this.#isFailure(entry),
    );
    this.#tidyAt = this.#entries.length + TIDY_AT;
  }

  lastSendFileTo(port: number): Command | undefined {
    return this.#sendFiles.get(String(port));
  }

  /** What was sent to this port before is no longer of interest. */
  forgetSendFilesTo(port: number): void {
    this.#sendFiles.delete(String(port));
  }

  /** What ended otherwise than well, and was not waited for as a failure. */
  failures(): readonly Entry[] {
    return this.#entries.filter((entry) => this.#isFailure(entry));
  }

  #isFailure({ number, node, command: { end, failureExpected } }: Entry): boolean {
    if (end === undefined || end === 'ok' || (end === 'failed' && failureExpected)) return false;
    // What this run's own STOP cancelled was meant to end so.
    return end !== 'cancelled' || (this.#lastStops.get(node) ?? 0) < number;
  }
}
