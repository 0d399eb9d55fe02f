import type { NodeName } from '../protocol/index.ts';
import type { Command } from './node/command.ts';

interface Entry {
  readonly node: NodeName;
  readonly command: Command;
}

/** Entries that turned out well are forgotten whenever this many have come together. */
const TIDY_AT = 1000;

/** The commands of a run whose end is open or was not good. */
export class CommandLedger {
  #entries: Entry[] = [];
  #tidyAt = TIDY_AT;
  /** The last SENDFILE to each port. */
  readonly #sendFiles = new Map<string, Command>();

  get size(): number {
    return this.#entries.length;
  }

  add(node: NodeName, command: Command): void {
    const [, , port] = command.args;
    if (command.verb === 'SENDFILE' && port !== undefined) this.#sendFiles.set(port, command);
    this.#entries.push({ node, command });
    if (this.#entries.length < this.#tidyAt) return;
    this.#entries = this.#entries.filter(({ command }) => command.end === undefined || isFailure(command));
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
    return this.#entries.filter(({ command }) => isFailure(command));
  }
}

function isFailure({ end, failureExpected, stoppedByRun }: Command): boolean {
  if (end === undefined || end === 'ok' || (end === 'failed' && failureExpected)) return false;
  // What this run's own STOP cancelled was meant to end so.
  return end !== 'cancelled' || !stoppedByRun;
}
