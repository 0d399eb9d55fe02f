import type { ResolvedStepOf } from '../../playbook/index.ts';
import type { NodeName } from '../../protocol/index.ts';
import { messageTo } from '../message-to.ts';
import type { StepContext, StepOutcome, StepRunner } from '../step-context.ts';
import { attemptSync } from '../sync-attempt.ts';

/** The first attempt, and one with twice the time to get ready. */
const MOST_ATTEMPTS = 2;

/** Done when every node has begun at the one instant, as far apart as MAXSKEW allows. */
export const runSync: StepRunner<'sync'> = async (step, context) => {
  const { messages, twice } = assign(step, context);
  if (twice.length > 0) return refuse(twice);
  for (let attempt = 1; ; attempt += 1) {
    const { outcome, mayRepeat } = await attemptSync(
      { messages, maxSkewMs: step.maxSkewMs, attempt },
      context,
    );
    if (!mayRepeat || attempt === MOST_ATTEMPTS) return outcome;
    for (const { node, reason } of outcome.problems) {
      context.warn({ node, reason: `${reason}; nothing has begun, and the SYNC is tried once more` });
    }
  }
};

/** Which message goes to which node; a node begins one thing at a time. */
function assign({ sends }: ResolvedStepOf<'sync'>, context: Pick<StepContext, 'nodesOf' | 'inventory'>) {
  const messages = new Map<NodeName, string>();
  const twice = new Set<NodeName>();
  for (const send of sends) {
    for (const node of context.nodesOf(send.nodes)) {
      if (messages.has(node)) twice.add(node);
      messages.set(node, messageTo(node, send, context));
    }
  }
  return { messages, twice: [...twice] };
}

/** What `*` and groups stand for is known by now only. */
function refuse(twice: readonly NodeName[]): StepOutcome {
  const reason = 'it has more than one SEND in this SYNC, and can begin only one thing at the instant';
  return { verdict: 'failed', problems: twice.map((node) => ({ node, reason })) };
}
