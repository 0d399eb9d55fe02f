import { createError, type Diagnostic } from '../../diagnostics/index.ts';
import type { SendStep } from '../model.ts';
import { type CreateRule, pairSends } from './rule.ts';
import { subjectsOf } from './subjects.ts';

/**
 * A node with two SENDs in one SYNC: which function should it start at the instant? Without an inventory
 * it is not known who belongs to a group: whether a group has a node, or two groups have one in common, only the run can say.
 */
export const createSyncNodesRule: CreateRule = (options) => (step, resolved) => {
  if (step.kind !== 'sync' || resolved.kind !== 'sync') return [];
  const sendToTerm = new Map<string, SendStep>();
  return pairSends(step, resolved).flatMap(([send, { nodes }]) => {
    const terms = subjectsOf(nodes, options).map(({ text }) => text);
    const problems = terms.flatMap((term) => {
      const other = [term, '*', ...(term === '*' ? sendToTerm.keys() : [])].find((text) =>
        sendToTerm.has(text),
      );
      const before = other === undefined ? undefined : sendToTerm.get(other);
      return other === undefined || before === undefined ? [] : [createProblem(send, term, before, other)];
    });
    for (const term of terms) sendToTerm.set(term, send);
    return problems;
  });
};

function createProblem(send: SendStep, term: string, before: SendStep, other: string): Diagnostic {
  const node = term === '*' ? other : term;
  const why = term === other ? '' : ` (${node} is one of *)`;
  const rule = 'in one SYNC a node starts one function';
  const message = `${node} has a SEND in line ${before.position.line} of this SYNC already${why}: ${rule}`;
  return createError('SYNC_NODE_REPEATED', send.nodes.position, message);
}
