import { soleTerm } from '../../inventory/index.ts';
import type { ResolvedStepOf } from '../../playbook/index.ts';
import type { NodeName } from '../../protocol/index.ts';
import { messageTo } from '../message-to.ts';
import type { Command } from '../node/command.ts';
import type { Judgement } from '../node/judgement.ts';
import { waitForNodes } from '../node-wait.ts';
import type { StepContext, StepRunner } from '../step-context.ts';

/** Done when every node has acknowledged the message, or, for a legacy agent, when the broker has it. */
export const runSend: StepRunner<'send'> = (step, context) => {
  const nodes = context.nodesOf(step.nodes);
  const commands = send(step, nodes, context);
  for (const [node, command] of commands) context.lastSent.set(node, command);
  const judge = (node: NodeName): Judgement =>
    judgeDelivery(commands.get(node), context.fleet.node(node).whyWaiting);
  // It is each command that has a limit, which an outage or a queue of ours puts off.
  const reportProgress: StepContext['reportProgress'] = (progress) =>
    context.reportProgress({ ...progress, timeoutMs: context.ackTimeoutMs });
  return waitForNodes(nodes, judge, 0, { ...context, reportProgress });
};

/** To a group alone it may be one message, when it says the same to everybody. */
function send(
  step: ResolvedStepOf<'send'>,
  nodes: readonly NodeName[],
  context: StepContext,
): ReadonlyMap<NodeName, Command> {
  const { commands } = context.fleet;
  const messages = new Map(nodes.map((node) => [node, messageTo(node, step, context)] as const));
  const [message, ...others] = new Set(messages.values());
  const term = soleTerm(step.nodes);
  if (term?.kind === 'group' && message !== undefined && others.length === 0)
    return commands.sendToGroup(term.name, nodes, message);
  return new Map([...messages].map(([node, text]) => [node, commands.send(node, text)] as const));
}

function judgeDelivery(command: Command | undefined, whyWaiting: string): Judgement {
  if (command === undefined) return { kind: 'pending', reason: '' };
  switch (command.phase) {
    case 'waiting':
      return { kind: 'pending', reason: whyWaiting };
    case 'sent':
      return { kind: 'pending', reason: 'not acknowledged yet' };
    case 'acknowledged':
      return { kind: 'met' };
    case 'ended':
      return judgeEnd(command);
  }
}

/** A command may have ended before this step looks: what the function did then is for a WAITFOR, or for the run's end. */
function judgeEnd({ end, busy, reason, text }: Command): Judgement {
  switch (end) {
    case 'refused':
      return {
        kind: 'hopeless',
        verdict: busy ? 'unreachable' : 'failed',
        reason: `it refused ${text}: ${reason}`,
      };
    case 'not-delivered':
    case 'expired':
    case 'lost':
      return { kind: 'hopeless', verdict: 'unreachable', reason: `${text} was not delivered: ${reason}` };
    default:
      return { kind: 'met' };
  }
}
