import type { Inspection } from '../../protocol/index.ts';
import { fails, type Judged, judgeInspection, type NodeCheck, skipped, warning, works } from './check.ts';

const MB = 1e6;
/** Logs of a run fit in. */
const ENOUGH_BYTES = 100 * MB;
const LEAST_BYTES = 10 * MB;

/** Whether there is room for what functions write. */
export const spaceCheck: NodeCheck = {
  name: 'space',
  title: 'disk space',
  judge: judgeInspection(({ folders }, { node: { node } }) => folders.map((folder) => judge(folder, node))),
};

function judge({ use, folder, freeBytes, reason }: Inspection['folders'][number], node: string): Judged {
  const title = use === 'temporary' ? 'temporary space' : 'disk space';
  if (freeBytes === undefined) return skipped(`${folder}: ${reason ?? 'the system does not tell'}`, title);
  const detail = `${formatBytes(freeBytes)} free in ${folder}`;
  if (freeBytes >= ENOUGH_BYTES) return works(detail, title);
  const remedy = `make room on ${node}`;
  return freeBytes < LEAST_BYTES ? fails(detail, remedy, title) : warning(detail, remedy, title);
}

function formatBytes(bytes: number): string {
  if (bytes >= 1000 * MB) return `${(bytes / (1000 * MB)).toFixed(1)} GB`;
  // Rounded down: what is too little must not look like enough.
  return bytes < 10 * MB ? `${Math.floor(bytes / 1e5) / 10} MB` : `${Math.floor(bytes / MB)} MB`;
}
