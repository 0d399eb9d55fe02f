import { formatMilliseconds } from '../../base/index.ts';
import { certainClocksMs } from '../../sync/index.ts';
import { fails, type Judged, type NodeCheck, type NodeSync, skipped, warning, works } from './check.ts';

/** How well its clock is known, and whether that does for the SYNCs that it takes part in. */
export const clockCheck: NodeCheck = {
  name: 'clock',
  title: 'clock',
  judge({ node: { node, state, info, clock }, syncs }) {
    const [first] = syncs;
    const canSync = state !== 'legacy' && (state !== 'alive' || info?.accepts.includes('sync') === true);
    if (first && !canSync) {
      const remedy = `put an agent of this version on ${node}, or start it by a SEND outside the SYNC`;
      return [fails(`its agent takes no part in the SYNC of line ${first.line}`, remedy)];
    }
    if ('unknown' in clock) return [skipped(clock.unknown)];
    const { uncertaintyMs } = clock;
    const known = `known within ${formatMilliseconds(uncertaintyMs)}, likely better`;
    const warnings = syncs.flatMap((sync) => judgeSync(sync, uncertaintyMs, known));
    return warnings.length > 0 ? warnings : [works(known)];
  },
};

/** Of a SYNC that asks for more than the clocks allow, those nodes are told that are the reason. */
function judgeSync(
  { line, maxSkewMs, clocks }: NodeSync,
  uncertaintyMs: number,
  known: string,
): readonly Judged[] {
  if (maxSkewMs === undefined || uncertaintyMs <= maxSkewMs / 2) return [];
  const certain = certainClocksMs(clocks.map((clock) => clock.uncertaintyMs));
  if (certain <= maxSkewMs) return [];
  const asked = `the SYNC of line ${line} allows ${formatMilliseconds(maxSkewMs)}`;
  const detail = `${known}; ${asked}, and the clocks may put ${formatMilliseconds(certain)} between its starts`;
  return [warning(detail, 'use a link with shorter round trips for the broker, or a larger MAXSKEW')];
}
