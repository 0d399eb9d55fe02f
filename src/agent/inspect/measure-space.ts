import { tmpdir } from 'node:os';
import type { Inspection } from '../../protocol/index.ts';
import { type BriefOptions, runBriefly } from './run-briefly.ts';

type Folder = Inspection['folders'][number];

/** A file system of the network may hang. */
const LONGEST_MS = 5000;

/** What is free where functions write: in the agent's working folder, and for temporary files. */
export function measureSpace(options: BriefOptions): Promise<Inspection['folders']> {
  return Promise.all([
    measure('working', options.workingDirectory, options),
    measure('temporary', tmpdir(), options),
  ]);
}

/** By `df`, which every system has; Node.js 18 does not tell everywhere. */
async function measure(use: Folder['use'], folder: string, options: BriefOptions): Promise<Folder> {
  const environment = { ...options.environment, LC_ALL: 'C' };
  const look = { ...options, environment, workingDirectory: '/' };
  const end = await runBriefly('df', ['-Pk', folder], LONGEST_MS, look);
  if (end.kind === 'timed-out') return { use, folder, reason: 'its file system does not answer' };
  if (end.kind !== 'exited') return { use, folder, reason: 'df cannot be run' };
  const [, availableKiB] = AVAILABLE.exec(end.stdout) ?? [];
  if (end.code === 0 && availableKiB !== undefined)
    return { use, folder, freeBytes: Number(availableKiB) * 1024 };
  return { use, folder, reason: end.stderr.trim().slice(0, LONGEST_REASON) || 'df does not tell' };
}

/** As in `/dev/sda1  102821812 20643312 76907912  22% /`. */
const AVAILABLE = /\s\d+\s+\d+\s+(\d+)\s+\d+%\s+\S/;
const LONGEST_REASON = 300;
