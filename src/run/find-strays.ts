import { formatDuration } from '../base/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { Fleet } from './fleet.ts';
import { type MeetingOptions, meetNodes } from './meet-nodes.ts';
import type { NodeMachine } from './node/node-machine.ts';
import { waitForNodes } from './node-wait.ts';
import { reportStrays, type StrayReport } from './stray-report.ts';

/** To look takes a moment; stopFunction may take 30 s, and what it does not end some more. */
const LOOK_MS = 5000;
const STOP_MS = 45_000;

/**
 * Asks everybody who is there what runs although no run holds the node; with `stop`, to end it.
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED
 */
export function findStrays(
  options: MeetingOptions,
  { stop }: { readonly stop: boolean },
): Promise<StrayReport> {
  const { clock, signal } = options;
  return meetNodes(options, async (fleet, nodes) => {
    const asked = new Map(nodes.filter(canBeAsked).map(({ node, session }) => [node, session]));
    const limitMs = stop ? STOP_MS : LOOK_MS;
    for (const node of asked.keys())
      fleet.tell(node, { kind: 'ask-strays', verb: stop ? '_stop-strays' : '_strays' });
    await waitForNodes(
      [...asked.keys()],
      (node) => (isOver(fleet, node, asked.get(node)) ? { kind: 'met' } : { kind: 'pending', reason: '' }),
      limitMs,
      { fleet, clock, signal, reportProgress: () => {} },
    );
    return reportStrays(
      nodes.map((node) => ({
        node,
        asked: asked.has(node.node),
        isSame: node.session === asked.get(node.node),
      })),
      formatDuration(limitMs),
    );
  });
}

function canBeAsked({ state, presence }: NodeMachine): boolean {
  const isThere = state === 'alive' || state === 'reconnecting';
  return isThere && presence.info?.accepts.includes('strays') === true;
}

/** There is nothing to wait for: it has answered, or it is no longer there to answer. */
function isOver(fleet: Fleet, name: NodeName, session: string | undefined): boolean {
  const node = fleet.node(name);
  const isThere = node.state === 'alive' || node.state === 'reconnecting';
  return node.strays !== undefined || !isThere || node.session !== session;
}
