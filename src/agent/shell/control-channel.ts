import { ControlDecoder, type ControlMessage } from './control-decoder.ts';
import { FifoReader } from './fifo.ts';
import { controlFifo } from './private-directory.ts';
import type { ShellListeners } from './shell.ts';
import type { ShellProcess } from './shell-process.ts';

/** A file with the shell's variables as they were at the end of a command. */
export interface Snapshot {
  readonly file: string;
  /** '' right after loading. */
  readonly commandId: string;
}

interface Awaited {
  readonly kind: string;
  readonly commandId: string;
  readonly resolve: (message: ControlMessage | undefined) => void;
}

/** What comes from the shells and from the helpers in their scripts, through one FIFO, in order. */
export class ControlChannel {
  readonly #reader: FifoReader;
  readonly #listeners: Pick<ShellListeners, 'onStatus' | 'onUpdate'>;
  #shell: ShellProcess | undefined;
  #awaited: Awaited | undefined;
  /** A message that came before anybody asked for it: two that the shell sends in a row may arrive as one. */
  #early: ControlMessage | undefined;
  #snapshot: Snapshot | undefined;

  constructor(directory: string, listeners: Pick<ShellListeners, 'onStatus' | 'onUpdate'>) {
    this.#listeners = listeners;
    const decoder = new ControlDecoder((message) => this.#receive(message));
    this.#reader = new FifoReader(
      controlFifo(directory),
      { onBytes: (chunk) => decoder.push(chunk) },
      { endless: true },
    );
  }

  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** From now on it is this shell whose messages are awaited. */
  follow(shell: ShellProcess): void {
    this.#shell = shell;
    this.#early = undefined;
    void shell.ended.then(() => {
      // Its last words may still be in the pipe.
      this.#reader.drain();
      if (this.#shell !== shell) return;
      this.#shell = undefined;
      this.#settle(undefined);
    });
  }

  /**
   * Waits for one message; only one wait at a time.
   * @returns undefined when the shell has ended without it
   */
  next(kind: string, commandId: string): Promise<ControlMessage | undefined> {
    const early = this.#early;
    this.#early = undefined;
    if (early?.kind === kind && early.commandId === commandId) return Promise.resolve(early);
    if (!this.#shell) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#awaited = { kind, commandId, resolve };
    });
  }

  close(): void {
    this.#reader.close();
  }

  #receive(message: ControlMessage): void {
    const { kind, commandId, text } = message;
    if (kind === 'status') this.#listeners.onStatus(commandId || undefined, text);
    else if (kind === 'update') this.#listeners.onUpdate(commandId || undefined, text);
    else if (kind === 'saved') this.#snapshot = { file: text, commandId };
    else if (kind === this.#awaited?.kind && commandId === this.#awaited.commandId) this.#settle(message);
    else this.#early = message;
  }

  #settle(message: ControlMessage | undefined): void {
    const awaited = this.#awaited;
    this.#awaited = undefined;
    awaited?.resolve(message);
  }
}
