import { closeSync, constants, mkdirSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';

/** Output may hold secrets: what is kept of a run is its owner's alone. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Parents too, where they are missing. */
export function makePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
}

/** @throws when it is there already */
export function makeNewPrivateFolder(path: string): void {
  mkdirSync(path, { mode: FOLDER_MODE });
}

/** Whole or not at all, whatever happens meanwhile. */
export function writePrivately(path: string, text: string): void {
  const fresh = `${path}.new`;
  writeFileSync(fresh, text, { mode: FILE_MODE });
  renameSync(fresh, path);
}

/** Appends to files by their paths, and keeps but some of them open. */
export class Appender {
  readonly #mostOpen: number;
  /** The one that was written to last comes last. */
  readonly #open = new Map<string, number>();

  constructor(mostOpen: number) {
    this.#mostOpen = mostOpen;
  }

  /**
   * The system has all of it when this returns: the death of this process does not take it back.
   * @returns how many bytes it was
   */
  append(path: string, text: string): number {
    const file = this.#open.get(path) ?? openSync(path, APPEND, FILE_MODE);
    this.#open.delete(path);
    this.#open.set(path, file);
    this.#closeOldest(this.#mostOpen);
    const bytes = Buffer.byteLength(text);
    const written = writeSync(file, text);
    // A disk that is all but full takes a part; what comes next says so.
    if (written < bytes) writeFileSync(file, Buffer.from(text).subarray(written));
    return bytes;
  }

  close(): void {
    this.#closeOldest(0);
  }

  #closeOldest(kept: number): void {
    for (const [path, file] of this.#open) {
      if (this.#open.size <= kept) return;
      this.#open.delete(path);
      closeSync(file);
    }
  }
}

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
