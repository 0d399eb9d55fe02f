import type { NodeName } from '../../protocol/index.ts';
import { type Judgement, pending } from '../node/judgement.ts';
import { createPortWatch } from '../node/port-watch.ts';
import { judgeProbe } from '../node/probe-rule.ts';
import { waitForNodes } from '../node-wait.ts';
import type { StepRunner } from '../step-context.ts';

/** Done when the port listens on every node. */
export const runProbe: StepRunner<'probe'> = async (step, context) => {
  const { fleet, lastSent } = context;
  const nodes = context.nodesOf(step.nodes);
  const watches = new Map(nodes.map((node) => [node, createPortWatch(step.port)]));
  for (const [node, watch] of watches) fleet.tell(node, { kind: 'watch-port', watch });
  const judge = (node: NodeName): Judgement => {
    const watch = watches.get(node);
    // Whatever else listens there is not what was to be started.
    const command = fleet.commands.ledger.failureOf(node) ?? lastSent.get(node);
    return watch ? judgeProbe(fleet.node(node), watch, command) : pending('');
  };
  try {
    return await waitForNodes(nodes, judge, step.timeoutMs ?? context.timeoutMs, context);
  } finally {
    for (const [node, watch] of watches) fleet.tell(node, { kind: 'end-watch', watch });
  }
};
