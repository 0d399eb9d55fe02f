import { readsTextOnly } from '../../protocol/index.ts';
import type { ArmedCommand } from './command.ts';
import { failed, type Judgement, judgeBadEnd, MET, MET_FOR_NOW, pending, unreachable } from './judgement.ts';
import type { NodeMachine } from './node-machine.ts';

/** What a SYNC reads of a node. */
type NodeFacts = Pick<
  NodeMachine,
  'state' | 'reason' | 'whyWaiting' | 'missesReplies' | 'presence' | 'workStopped'
>;

/** Whether the instant of a node's command may be chosen. */
export function judgePrepared(node: NodeFacts, command: ArmedCommand): Judgement {
  if (command.phase === 'ended') return judgeEnd(command);
  if (node.state === 'lost') return unreachable(`it was lost: ${node.reason}`);
  const { info } = node.presence;
  if (info && readsTextOnly(info)) return failed(TEXT_ONLY);
  if (info && !info.accepts.includes('sync')) return failed(describeUnable(info.version));
  return command.arming.isPrepared ? MET : pending(node.whyWaiting);
}

/** Whether a node has its command and waits for the confirmation, for which it has to be there. */
export function judgeArmed(node: NodeFacts, command: ArmedCommand): Judgement {
  const { arming, phase } = command;
  if (phase === 'ended') return judgeEnd(command);
  if (node.state === 'lost') return unreachable(`it was lost: ${node.reason}`);
  if (arming.late !== undefined) return failed(arming.late);
  if (node.state !== 'alive') return pending(`it was away and did not come back (${node.reason})`);
  return arming.leftMs === undefined ? pending('it did not answer') : MET_FOR_NOW;
}

/** Whether a confirmed command has begun. */
export function judgeFired(node: NodeFacts, command: ArmedCommand): Judgement {
  const { arming, phase } = command;
  if (arming.fired) return MET;
  if (node.missesReplies && node.state === 'alive') return pending('some of its replies are missing');
  if (phase === 'ended') return judgeEnd(command);
  if (node.state === 'lost') return unreachable(`it was lost: ${node.reason}`);
  if (arming.unconfirmed !== undefined) return failed(arming.unconfirmed);
  return pending('it has not said that it began');
}

/** Whether it is known of a command if it has begun, or nothing more will be heard of it. */
export function judgeSettled(node: NodeFacts, command: ArmedCommand): Judgement {
  const judgement = judgeFired(node, command);
  const isOver = judgement.kind === 'hopeless' && (command.phase === 'ended' || node.state === 'lost');
  return isOver || judgement.kind === 'met' ? MET : pending('it has not said whether it began');
}

/** True when all could be armed but for want of time: another instant may do better. */
export function lackedTime(nodes: readonly NodeFacts[], commands: readonly ArmedCommand[]): boolean {
  return (
    nodes.every(isStillOurs) &&
    nodes.every(({ state }) => state === 'alive' || state === 'reconnecting') &&
    commands.every(({ end }) => end === undefined || end === 'expired')
  );
}

/** True when not one has begun, nor ever will, since a confirmation came too late. */
export function lackedConfirmation(nodes: readonly NodeFacts[], commands: readonly ArmedCommand[]): boolean {
  const isOver = ({ arming, end }: ArmedCommand): boolean =>
    !arming.fired && (end === 'expired' || end === 'cancelled');
  return nodes.every(isStillOurs) && commands.every(isOver) && commands.some(({ end }) => end === 'expired');
}

/** Without its lease nothing can be begun there any more. */
const isStillOurs = ({ workStopped }: NodeFacts): boolean => workStopped === undefined;

function judgeEnd(command: ArmedCommand): Judgement {
  return judgeBadEnd(command) ?? failed(`${command.text} ended, and did not say that it began`);
}

const TEXT_ONLY = 'its agent has no Node.js and reads plain text only: it cannot begin at an instant';

function describeUnable(version: string): string {
  return `its agent (version ${version}) cannot begin at an instant: update mqtt-orchestrate there`;
}
