import { isStoppingVerb, readsTextOnly } from '../../protocol/index.ts';
import type { Command } from './command.ts';
import {
  describeProgress,
  failed,
  type Judgement,
  judgeBadEnd,
  MET,
  pending,
  unreachable,
} from './judgement.ts';
import type { NodeMachine } from './node-machine.ts';
import type { PortWatch } from './port-watch.ts';

/** What a PROBE reads of a node. */
type ProbedNode = Pick<NodeMachine, 'state' | 'session' | 'reason' | 'presence'>;

const INSTEAD = 'instead of PROBE, let its script say when it is ready (wait_port) and WAITFOR that';

/**
 * Whether the port that a PROBE waits for listens.
 *
 * @param lastSent the last command to the node before the PROBE, on its own path; undefined when there is none
 */
export function judgeProbe(node: ProbedNode, watch: PortWatch, lastSent: Command | undefined): Judgement {
  const starter = starterAmong(lastSent);
  const inVain = judgeInVain(node, watch, starter);
  if (inVain) return inVain;
  if (node.state !== 'alive') return pending(node.reason);
  if (watch.seen === undefined) return pending(`it has not said yet whether TCP port ${watch.port} listens`);
  if (watch.seen.state === 'listening') return MET;
  const progress = starter ? `; ${describeStart(starter)}` : '';
  return pending(`nothing listens on its TCP port ${watch.port}${progress}`);
}

/** What can make a port listen. Of a failure that was waited for nothing follows. */
function starterAmong(lastSent: Command | undefined): Command | undefined {
  const isStarter = lastSent && !isStoppingVerb(lastSent.verb) && !lastSent.failureExpected;
  return isStarter ? lastSent : undefined;
}

function judgeInVain(
  node: ProbedNode,
  { port, session, seen }: PortWatch,
  starter: Command | undefined,
): Judgement | undefined {
  const badEnd = starter && judgeBadEnd(starter);
  if (badEnd) return badEnd;
  if (node.state === 'lost') return unreachable(`it was lost: ${node.reason}`);
  if (node.state === 'terminated') return failed('it has terminated');
  if (node.state === 'legacy') return failed(`it is a legacy agent, which cannot be probed: ${INSTEAD}`);
  if (node.state === 'alive' && node.presence.info && readsTextOnly(node.presence.info))
    return failed(`its agent has no Node.js and reads plain text only, so it cannot be probed: ${INSTEAD}`);
  if (session !== undefined && session !== node.session)
    return unreachable(`the agent was started again while its TCP port ${port} was waited for`);
  if (starter?.session !== undefined && starter.session !== node.session)
    return unreachable(`the agent was started again after ${starter.text}`);
  if (node.state === 'alive' && !node.presence.info?.accepts.includes('probe'))
    return failed(
      `its agent, version ${node.presence.info?.version}, does not know PROBE: install this version there, or, ${INSTEAD}`,
    );
  if (seen?.state === 'unknown')
    return failed(
      `its agent cannot tell what listens there (${seen.reason ?? 'no reason given'}): ${INSTEAD}`,
    );
  return undefined;
}

function describeStart(starter: Command): string {
  const said = [...starter.statuses].at(-1);
  return said === undefined || starter.phase !== 'ended'
    ? describeProgress(starter)
    : `its ${starter.text} has said ${said}`;
}
