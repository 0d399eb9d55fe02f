import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Clock, errorMessage } from '../base/index.ts';
import type { RunEvent, Verdict } from '../events/index.ts';
import { systemProcessTable } from '../process/index.ts';
import { folderName } from './folder-name.ts';
import { type End, type RecordLimits, RunRecord } from './run-record.ts';

export interface RecorderOptions {
  /** Absolute; made when it is not there. */
  readonly directory: string;
  /** The same as the user names it. */
  readonly shownDirectory: string;
  readonly playbook: { readonly file: string; readonly source: string };
  readonly variables: ReadonlyMap<string, string>;
  /** Without passwords. */
  readonly configuration: readonly {
    readonly key: string;
    readonly value: string | null;
    readonly origin: string;
  }[];
  readonly local: boolean;
  /** Of this program. */
  readonly version: string;
  /** Relative paths of the playbook start here. */
  readonly workingDirectory: string;
  readonly exitCodeOf: (verdict: Verdict) => number;
  readonly clock: Clock;
  /** Default: those of docs/reference/run-folder.md. */
  readonly limits?: Partial<RecordLimits>;
  /** Told once why the record is not whole. */
  readonly onTrouble: (message: string) => void;
}

/** Keeps what happens in a run, in a folder of its own, as it happens. Nothing that goes wrong here is thrown. */
export interface RunRecorder {
  /** As the user would name it; undefined: there is none yet, or it could not be made. */
  readonly folder: string | undefined;
  /** To be called with every event of one run, in order. */
  onEvent(event: RunEvent): void;
  /** The process is about to end like this. */
  end(end: End): Promise<void>;
}

export function createRunRecorder(options: RecorderOptions): RunRecorder {
  let shown: string | undefined;
  let record: RunRecord | undefined;
  let trouble: string | undefined;

  function fail(thrown: unknown): void {
    if (trouble !== undefined) return;
    trouble = errorMessage(thrown);
    const what = record ? `the record in ${shown} is not whole` : `no record in ${options.shownDirectory}`;
    options.onTrouble(`${what}: ${trouble}; the run goes on`);
    if (record) record.trouble = trouble;
  }

  function begin(event: Extract<RunEvent, { type: 'run-started' }>): void {
    const name = folderName(event.at, options.playbook.file, event.runId);
    record = new RunRecord(event, {
      ...options,
      folder: join(options.directory, name),
      process: processMark(),
    });
    shown = join(options.shownDirectory, name);
  }

  return {
    get folder() {
      return shown;
    },
    onEvent(event) {
      try {
        if (event.type === 'run-started') begin(event);
        record?.add(event);
      } catch (thrown) {
        fail(thrown);
      }
    },
    async end(end) {
      try {
        await record?.end(end);
      } catch (thrown) {
        fail(thrown);
      }
    },
  };
}

/** By it a run that is under way is told from one whose process is gone. */
function processMark() {
  const { pid } = process;
  return { host: hostname(), pid, startMark: systemProcessTable.find(pid)?.startMark ?? null };
}
