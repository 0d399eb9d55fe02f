import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errorMessage } from '../base/index.ts';
import { systemProcessTable } from '../process/index.ts';
import { isFolderName } from './folder-name.ts';
import { type RunDocument, runDocumentSchema } from './run-document.ts';
import { DOCUMENT_FILE } from './run-record.ts';

export interface PastRun {
  /** Of its folder. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string;
  readonly document: RunDocument;
}

export interface RunList {
  /** The oldest first. */
  readonly runs: readonly PastRun[];
  /** What else is there, and why it is none. */
  readonly others: readonly { readonly name: string; readonly reason: string }[];
}

/** @throws Error of Node.js when the folder is there and cannot be read */
export function listRuns(directory: string): RunList {
  const runs: PastRun[] = [];
  const others: { name: string; reason: string }[] = [];
  for (const entry of readDirectory(directory)) {
    const { name } = entry;
    const folder = join(directory, name);
    try {
      if (!entry.isDirectory() || !isFolderName(name)) throw new Error('it is no run folder');
      runs.push({ name, folder, document: readDocument(folder) });
    } catch (thrown) {
      others.push({ name, reason: errorMessage(thrown) });
    }
  }
  const byTime = ({ document }: PastRun): number => Date.parse(document.startedAt);
  return { runs: runs.sort((a, b) => byTime(a) - byTime(b) || (a.name < b.name ? -1 : 1)), others };
}

/** Of those whose id, or whose folder, begins so. */
export function findRun({ runs }: RunList, prefix: string): readonly PastRun[] {
  return runs.filter(({ name, document }) => document.id.startsWith(prefix) || name.startsWith(prefix));
}

/**
 * running: its process lives · incomplete: it was killed, or its machine went down · elsewhere: it has not ended, and only
 * the machine where it ran could say whether it still runs
 */
export type Standing = 'finished' | 'running' | 'incomplete' | 'elsewhere';

export function standingOf({ document: { state, process } }: PastRun): Standing {
  if (state === 'finished') return 'finished';
  if (process.host !== hostname()) return 'elsewhere';
  const found = systemProcessTable.find(process.pid);
  return found !== undefined && found.startMark === process.startMark ? 'running' : 'incomplete';
}

function readDirectory(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw thrown;
  }
}

function readDocument(folder: string): RunDocument {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(join(folder, DOCUMENT_FILE), 'utf8'));
  } catch (thrown) {
    throw new Error(`its ${DOCUMENT_FILE} cannot be read: ${errorMessage(thrown)}`);
  }
  if (typeof value === 'object' && value !== null && 'v' in value && value.v !== 1)
    throw new Error(`its ${DOCUMENT_FILE} is of another version`);
  const { data, error } = runDocumentSchema.safeParse(value);
  if (data) return data;
  const [issue] = error.issues;
  throw new Error(`its ${DOCUMENT_FILE} is broken: ${issue?.path.join('.')}: ${issue?.message}`);
}
