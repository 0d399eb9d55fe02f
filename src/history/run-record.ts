import { join } from 'node:path';
import type { Clock } from '../base/index.ts';
import { createRunFold, type RunEvent, type Verdict } from '../events/index.ts';
import { documentOf } from './create-document.ts';
import { EventLog } from './event-log.ts';
import { playbookCopyName } from './folder-name.ts';
import { NodeOutputs } from './node-outputs.ts';
import { makeNewPrivateFolder, makePrivateFolder, writePrivately } from './private-files.ts';
import { ReceivedFiles } from './received-files.ts';
import type { RunDocument } from './run-document.ts';

/** How much is kept of a run, in bytes. */
export interface RecordLimits {
  readonly outputOfNode: number;
  readonly outputOfAll: number;
  /** Of events that come in any number; of all others twice as much. */
  readonly events: number;
  /** Larger files are not copied: a second name costs nothing. */
  readonly copiedFile: number;
}

const MEBIBYTE = 1024 * 1024;
const LIMITS: RecordLimits = {
  outputOfNode: 64 * MEBIBYTE,
  outputOfAll: 1024 * MEBIBYTE,
  events: 256 * MEBIBYTE,
  copiedFile: 64 * MEBIBYTE,
};

/** run.json is written soon and then ever more rarely: at most so long after the last time … */
const FIRST_REWRITE_MS = 250;
const REWRITE_EVERY_MS = 5000;
/** … but never before so many times as long have passed as it took. */
const REWRITE_PAUSE = 100;

export const DOCUMENT_FILE = 'run.json';

interface RecordOptions {
  /** Absolute; not there yet, its parent perhaps neither. */
  readonly folder: string;
  readonly playbook: { readonly file: string; readonly source: string };
  readonly variables: ReadonlyMap<string, string>;
  readonly configuration: readonly RunDocument['configuration'][number][];
  readonly local: boolean;
  readonly process: RunDocument['process'];
  readonly version: string;
  readonly workingDirectory: string;
  readonly exitCodeOf: (verdict: Verdict) => number;
  readonly clock: Clock;
  readonly limits?: Partial<RecordLimits> | undefined;
}

export interface End {
  readonly exitCode: number;
  /** Why there is no verdict. */
  readonly error?: { readonly code: string | null; readonly message: string };
}

/** The folder of one run. Each method throws what goes wrong; what was broken by then is not written to any more. */
export class RunRecord {
  /** Why it is not whole; goes into the document. */
  trouble: string | undefined;
  readonly #options: RecordOptions;
  readonly #started: Extract<RunEvent, { type: 'run-started' }>;
  readonly #fold = createRunFold();
  readonly #events: EventLog;
  readonly #outputs: NodeOutputs;
  readonly #files: ReceivedFiles;
  #endedAt: string | undefined;
  #end: End | undefined;
  #nextRewriteMs = FIRST_REWRITE_MS;

  constructor(started: Extract<RunEvent, { type: 'run-started' }>, options: RecordOptions) {
    const { folder, playbook } = options;
    const limits = { ...LIMITS, ...options.limits };
    makePrivateFolder(join(folder, '..'));
    makeNewPrivateFolder(folder);
    this.#options = options;
    this.#started = started;
    this.#events = new EventLog(folder, limits.events);
    this.#outputs = new NodeOutputs(folder, limits);
    this.#files = new ReceivedFiles({ ...options, largestCopyBytes: limits.copiedFile });
    this.#fold.apply(started);
    this.#write();
    writePrivately(join(folder, playbookCopyName(playbook.file)), playbook.source);
  }

  add(event: RunEvent): void {
    if (event.type !== 'run-started') this.#fold.apply(event);
    if (event.type === 'run-finished') this.#finished(event);
    if (event.type === 'file-received') this.#files.add(event);
    // Half a line would be continued by the next one.
    if (this.trouble !== undefined) return;
    this.#events.add(event);
    if (event.type === 'output-received') this.#outputs.add(event);
    if (event.type === 'run-finished') this.#write();
    else if (event.elapsedMs >= this.#nextRewriteMs) this.#rewrite(event.elapsedMs);
  }

  async end(end: End): Promise<void> {
    const isTold = this.#end?.exitCode === end.exitCode && !end.error && this.#files.all.length === 0;
    await this.#files.finish();
    this.#endedAt ??= new Date(this.#options.clock.wallNow()).toISOString();
    this.#end = end;
    try {
      this.#events.close();
      this.#outputs.close();
    } finally {
      // Of a long playbook it is large.
      if (!isTold || this.trouble !== undefined) this.#write();
    }
  }

  #finished({ at, verdict }: Extract<RunEvent, { type: 'run-finished' }>): void {
    this.#endedAt = at;
    this.#end = { exitCode: this.#options.exitCodeOf(verdict) };
  }

  /** The larger it is, the more rarely. */
  #rewrite(elapsedMs: number): void {
    const { clock } = this.#options;
    const since = clock.now();
    this.#write();
    const tookMs = clock.now() - since;
    const pauseMs = Math.min(REWRITE_EVERY_MS, elapsedMs);
    this.#nextRewriteMs = elapsedMs + Math.max(pauseMs, REWRITE_PAUSE * tookMs);
  }

  #write(): void {
    const path = join(this.#options.folder, DOCUMENT_FILE);
    writePrivately(path, `${JSON.stringify(this.#document(), undefined, 2)}\n`);
  }

  #document(): RunDocument {
    const { playbook, variables, configuration, local, process, version } = this.#options;
    const { runId, at, broker, owner } = this.#started;
    const { view } = this.#fold;
    return {
      v: 1,
      id: runId,
      state: this.#end ? 'finished' : 'running',
      verdict: view.verdict ?? null,
      exitCode: this.#end?.exitCode ?? null,
      error: this.#end?.error ?? null,
      startedAt: at,
      endedAt: this.#endedAt ?? null,
      playbook: { file: playbook.file, copy: playbookCopyName(playbook.file) },
      local,
      broker,
      owner,
      process,
      version,
      variables: Object.fromEntries(variables),
      configuration: [...configuration],
      ...documentOf(view, (node) => this.#outputs.of(node)),
      files: [...this.#files.all],
      events: this.#events.counts,
      trouble: this.trouble ?? null,
    };
  }
}
