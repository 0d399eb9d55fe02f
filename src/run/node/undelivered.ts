import type { NodeState } from '../../events/index.ts';
import type { Command } from './command.ts';
import type { Presence } from './presence.ts';

interface NodeFacts {
  readonly state: NodeState;
  /** Why it is not alive. */
  readonly reason: string;
  /** Why nothing goes out to it. */
  readonly whyWaiting: string;
  /** More than signs of life came from it. */
  readonly hasAnswered: boolean;
  /** Something that was sent to its own topic was answered. */
  readonly isReached: boolean;
  readonly readsTextOnly: boolean;
  readonly presence: Pick<Presence, 'lastWords'>;
}

/** What a broker forbids it acknowledges all the same, so that it looks like silence. */
const FORBIDDEN = 'does the broker forbid one side its COMMAND or REPLY topic?';

/** Why a command was not acknowledged in time, as the end of a sentence. */
export function describeUndelivered(node: NodeFacts, { phase }: Pick<Command, 'phase'>): string {
  switch (node.state) {
    case 'legacy':
      return phase === 'waiting' ? node.whyWaiting : 'the broker did not take it';
    case 'alive':
      if (!node.readsTextOnly) return describeUnacknowledged(node);
      return phase === 'waiting' ? node.whyWaiting : 'the broker did not take it';
    case 'silent':
      return node.presence.lastWords === undefined
        ? `${node.reason} (has its agent died, or ${FORBIDDEN})`
        : node.reason;
    default:
      return node.reason;
  }
}

function describeUnacknowledged({ hasAnswered, isReached }: NodeFacts): string {
  if (!hasAnswered) return `its heartbeats come but no answer (${FORBIDDEN})`;
  if (isReached) return 'it is alive but did not acknowledge';
  return 'it answers what is sent to all, but not what is sent to it alone (does the broker forbid one side its COMMAND topic?)';
}
