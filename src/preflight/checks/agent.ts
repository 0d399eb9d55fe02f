import { readsTextOnly } from '../../protocol/index.ts';
import { fails, type NodeCheck, warning, works } from './check.ts';

/** As much of a session's id as tells it from others. */
const SESSION_SHOWN = 8;

/** Who speaks for the node, and whether it is there at all. */
export const agentCheck: NodeCheck = {
  name: 'agent',
  title: 'agent',
  judge({ node: { node, state, reason, session = '', info }, version }) {
    if (state === 'legacy') {
      const detail =
        'of the original kind, reads plain text alone: whether it lives, and what its machine has, is not known';
      return [{ outcome: 'information', detail }];
    }
    if (state !== 'alive' || !info)
      return [fails(reason || 'no INFO of it was seen', `start the agent of ${node} on its machine`)];
    const about = readsTextOnly(info) ? ', reads plain text alone: what its machine has is not known' : '';
    const who = `version ${info.version}, session ${session.slice(0, SESSION_SHOWN)}, ${info.platform}${about}`;
    if (info.version === version) return [works(who)];
    return [warning(`${who}; here it is version ${version}`, `put the same version on ${node}`)];
  },
};
