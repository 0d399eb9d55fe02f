import { INIT_FAILED, isResultStatus, statusBeginsWith } from '../../protocol/index.ts';
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
import { failureIn } from './text-only-talk.ts';

/** What a wait reads of a node. */
export type NodeFacts = Pick<
  NodeMachine,
  | 'state'
  | 'session'
  | 'reason'
  | 'status'
  | 'said'
  | 'hasAnswered'
  | 'missesReplies'
  | 'legacyAlive'
  | 'presence'
  | 'untold'
  | 'readsTextOnly'
>;

/**
 * Whether a node has reported the status that a WAITFOR names. The one place where this is decided.
 *
 * @param after the last SEND to the node before the wait, on the wait's own path; undefined when there is none
 */
export function judgeWait(node: NodeFacts, words: readonly string[], after: Command | undefined): Judgement {
  if (words.length === 1 && words[0] === 'ALIVE') return judgeAlive(node, after);
  if (after === undefined) return judgeWithoutSend(node, words);
  if (node.state === 'legacy') return judgeLegacy(node, words, after);
  if (node.readsTextOnly) return judgeTextOnly(node, words, after);
  return isMetBy(node, words, after) ? MET : judgeUnmet(node, words, after);
}

function judgeAlive(node: NodeFacts, after: Command | undefined): Judgement {
  if (node.state === 'legacy') return judgeLegacyAlive(node, after);
  if (node.state !== 'alive') return pending(node.reason);
  if (after?.verb === 'TERMINATE' && (after.session ?? after.textSession) === node.session) {
    return pending('a new session is awaited after TERMINATE');
  }
  if (!node.hasAnswered) return pending('its heartbeats come but no answer');
  if (node.status === null) return pending('its initFunction is still running');
  if (statusBeginsWith(node.status, INIT_FAILED)) return failed(node.status);
  return MET;
}

function judgeLegacyAlive(node: NodeFacts, after: Command | undefined): Judgement {
  const isAlive = after?.verb === 'TERMINATE' ? node.said.beginsWith(['ALIVE'], -1) : node.legacyAlive;
  return isAlive ? MET : pending('it is a legacy agent and has not said ALIVE');
}

/** With no SEND before it, a wait asks what the live session's last status is, or what it has said since. */
function judgeWithoutSend(node: NodeFacts, words: readonly string[]): Judgement {
  if (node.state === 'lost') return unreachable(`it was lost: ${node.reason}`);
  const speaks = node.state === 'alive' || node.state === 'legacy';
  const hasTerminated = node.state === 'terminated' && words[0] === 'TERMINATED';
  if ((speaks || hasTerminated) && node.said.beginsWith(words, -1)) return MET;
  if (node.state !== 'alive') return pending(node.reason);
  return pending(node.status === null ? 'it has said nothing yet' : `its last status is "${node.status}"`);
}

function judgeLegacy(node: NodeFacts, words: readonly string[], after: Command): Judgement {
  if (after.end === 'not-delivered') return unreachable(`${after.text} was not delivered: ${after.reason}`);
  if (after.phase !== 'waiting' && node.said.beginsWith(words, -1)) return MET;
  return pending(`"${words.join(' ')}" has not come since ${after.text}`);
}

/** As of a legacy agent, but it is known whether it lives, and what it says of a failure. */
function judgeTextOnly(node: NodeFacts, words: readonly string[], after: Command): Judgement {
  const hasGoneOut = after.phase !== 'waiting' && after.textSession !== undefined;
  const isSame = after.textSession === node.session && node.session !== undefined;
  const lives = isSame && node.state !== 'lost' && node.state !== 'terminated';
  if (hasGoneOut && isSame && (lives || words[0] === 'TERMINATED') && node.said.beginsWith(words, -1))
    return MET;
  const badEnd = judgeBadEnd(after);
  if (badEnd) return badEnd;
  if (node.state === 'lost') return unreachable(`it was lost: ${node.reason}`);
  if (hasGoneOut && !isSame) return unreachable(`the agent was started again after ${after.text}`);
  const failure = failureIn(after.statuses, after);
  if (failure !== undefined) return failed(`${after.text} failed: ${failure}`);
  if (node.state === 'terminated') return failed('it has terminated');
  if (node.state !== 'alive') return pending(node.reason);
  if (!hasGoneOut) return pending(`${after.text} has not been sent yet`);
  return pending(`"${words.join(' ')}" has not come since ${after.text}`);
}

function isMetBy(node: NodeFacts, words: readonly string[], after: Command): boolean {
  if (after.session === undefined) return false;
  const sessionLives = isInLiveSession(node, after) && node.state !== 'lost';
  if (isResultStatus(words)) {
    return isReported(words, after) && (sessionLives || words[0] === 'TERMINATED');
  }
  return sessionLives && node.said.beginsWith(words, after.sinceSeq);
}

function isReported(words: readonly string[], { statuses }: Command): boolean {
  return [...statuses].some((status) => statusBeginsWith(status, words));
}

function isInLiveSession(node: NodeFacts, { session }: Command): boolean {
  return session !== undefined && node.session === session && !node.presence.isPast(session);
}

function judgeUnmet(node: NodeFacts, words: readonly string[], after: Command): Judgement {
  if (after.session === undefined && node.untold !== undefined) return unreachable(node.untold);
  const mayStillAnswer = node.state === 'alive' || node.state === 'reconnecting';
  if (node.missesReplies && mayStillAnswer) return pending('some of its replies are missing');
  const badEnd = judgeBadEnd(after);
  // Whoever cancels a START may wait for a word of the script's own.
  if (badEnd && (after.end !== 'cancelled' || after.busy || isResultStatus(words))) return badEnd;
  if (node.state === 'lost') return unreachable(`it was lost: ${node.reason}`);
  if (node.state === 'terminated') return judgeTerminated(after);
  if (after.phase === 'ended' && !isInLiveSession(node, after)) {
    return unreachable(`the agent was started again after ${after.text}`);
  }
  if (after.end === 'ok' && isResultStatus(words) && !isReported(words, after)) {
    return failed(`${after.text} ended with ${lastOf(after.statuses)}`);
  }
  if (node.state !== 'alive') return pending(node.reason);
  return pending(describeProgress(after));
}

/** A broker keeps no order between topics: INFO may be cleared here before the agent's last replies arrive. */
function judgeTerminated({ phase }: Command): Judgement {
  const mayStillBeAnswered = phase === 'sent' || phase === 'acknowledged';
  return mayStillBeAnswered
    ? pending('it has terminated, and its last words are awaited')
    : failed('it has terminated');
}

const STATUSES_SHOWN = 3;

function lastOf(statuses: ReadonlySet<string>): string {
  return statuses.size === 0 ? 'no status' : [...statuses].slice(-STATUSES_SHOWN).join(', ');
}
