import { readsTextOnly } from '../../protocol/index.ts';
import { fails, type NodeCheck, skipped, works } from './check.ts';

/** Whether another run has the node. */
export const useCheck: NodeCheck = {
  name: 'use',
  title: 'free for a run',
  judge({ node: { state, reason, info, lease } }) {
    if (state === 'legacy' || (state === 'alive' && info && readsTextOnly(info)))
      return [skipped('its agent knows no lease')];
    if (state !== 'alive') return [skipped(reason)];
    if (!lease) return [works('no run holds it')];
    const since = new Date(lease.since).toISOString().replace(/\.\d+Z$/, 'Z');
    const detail = `the run ${lease.run} of ${lease.owner || 'somebody'} holds it since ${since}`;
    return [fails(detail, 'wait for the end of that run, or take the node with --take-over')];
  },
};
