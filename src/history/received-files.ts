import { constants, linkSync, lstatSync } from 'node:fs';
import { chmod, copyFile, rename, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { errorMessage } from '../base/index.ts';
import type { RunEvent } from '../events/index.ts';
import { makePrivateFolder } from './private-files.ts';
import type { ReceivedFile } from './run-document.ts';

type FileReceived = Extract<RunEvent, { type: 'file-received' }>;
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface ReceivedFilesOptions {
  /** Of the run. */
  readonly folder: string;
  /** Where relative paths of the playbook start. */
  readonly workingDirectory: string;
  readonly largestCopyBytes: number;
}

/** The files that a run received stay where the playbook wants them; the record has them too. */
export class ReceivedFiles {
  readonly #options: ReceivedFilesOptions;
  readonly #files: Mutable<ReceivedFile>[] = [];
  readonly #names = new Set<string>();
  #copying: Promise<void> = Promise.resolve();

  constructor(options: ReceivedFilesOptions) {
    this.#options = options;
  }

  get all(): readonly ReceivedFile[] {
    return this.#files;
  }

  /** At once a second name for what is there now, which the next file of the name does not take away; then a copy. */
  add({ port, file, outcome, bytes, reason }: FileReceived): void {
    const received: Mutable<ReceivedFile> = {
      port,
      file,
      outcome,
      bytes: bytes ?? null,
      reason: reason ?? null,
      copy: null,
      copyNote: null,
    };
    this.#files.push(received);
    if (outcome !== 'received') return;
    const from = resolve(this.#options.workingDirectory, file);
    const name = this.#nameFor(file);
    const to = join(this.#options.folder, 'files', name);
    try {
      makePrivateFolder(join(this.#options.folder, 'files'));
      if (!lstatSync(from).isFile()) throw new Error('it is no regular file any more');
    } catch (thrown) {
      received.copyNote = `not kept: ${errorMessage(thrown)}`;
      return;
    }
    const isLinked = linked(from, to);
    if (isLinked) received.copy = join('files', name);
    if ((bytes ?? 0) > this.#options.largestCopyBytes) {
      received.copyNote = isLinked
        ? 'a hard link, since it is large: what changes the file in place changes it here too'
        : 'not kept: it is large, and on another file system';
      return;
    }
    this.#copying = this.#copying.then(() => this.#copy(received, isLinked ? to : from, to));
  }

  /** Resolves when all copies are made. Never rejects. */
  finish(): Promise<void> {
    return this.#copying;
  }

  /** What is changed in place later is changed in no copy. */
  async #copy(received: Mutable<ReceivedFile>, from: string, to: string): Promise<void> {
    const fresh = join(this.#options.folder, '.copy');
    try {
      await copyFile(from, fresh, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await chmod(fresh, 0o600);
      await rename(fresh, to);
      received.copy = join('files', basename(to));
    } catch (thrown) {
      await rm(fresh, { force: true }).catch(() => {});
      received.copyNote = received.copy
        ? `a hard link, since it could not be copied: ${errorMessage(thrown)}`
        : `not kept: ${errorMessage(thrown)}`;
    }
  }

  /** `server.log`, and of later ones with this name `server.log.2`. */
  #nameFor(file: string): string {
    const wanted = basename(file);
    let name = wanted;
    for (let number = 2; this.#names.has(name); number += 1) name = `${wanted}.${number}`;
    this.#names.add(name);
    return name;
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    // Another file system, or one without hard links.
    return false;
  }
}
