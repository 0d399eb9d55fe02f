import { statusBeginsWith } from '../../protocol/index.ts';
import { judgeWait } from '../node/wait-rule.ts';
import { waitForNodes } from '../node-wait.ts';
import type { StepRunner } from '../step-context.ts';

/** Done when every node has reported the status. */
export const runWaitFor: StepRunner<'waitfor'> = async (step, context) => {
  const { fleet, lastSent } = context;
  const nodes = context.nodesOf(step.nodes);
  const outcome = await waitForNodes(
    nodes,
    (node) => judgeWait(fleet.node(node), step.words, lastSent.get(node)),
    step.timeoutMs ?? context.timeoutMs,
    context,
  );
  if (outcome.verdict === 'passed' && statusBeginsWith(step.words.join(' '), ['FAILED'])) {
    for (const node of nodes) expectFailure(lastSent.get(node));
  }
  return outcome;
};

/** Whoever waits for a failure wants it: it does not fail the run. */
function expectFailure(command: { failureExpected: boolean } | undefined): void {
  if (command) command.failureExpected = true;
}
