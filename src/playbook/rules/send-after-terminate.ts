import { createWarning, type Diagnostic } from '../../diagnostics/index.ts';
import type { NodeExpression } from '../../inventory/index.ts';
import type { Step } from '../model.ts';
import { type CreateRule, speaksOfAll, termText, verbOf } from './rule.ts';

/** A SEND to a node that was told to end, or a PROBE of it, without a WAITFOR … ALIVE that would show that it is back. */
export const createSendAfterTerminateRule: CreateRule = () => {
  const lineOfEnd = new Map<string, number>();
  return (step, resolved) => {
    if (resolved.kind === 'waitfor' && resolved.words[0] === 'ALIVE') forget(resolved.nodes, lineOfEnd);
    if (resolved.kind !== 'send' && resolved.kind !== 'probe') return [];
    const problems = findEnded(step, resolved.nodes, lineOfEnd);
    if (resolved.kind === 'send' && verbOf(resolved.message) === 'TERMINATE') {
      for (const term of resolved.nodes.terms) lineOfEnd.set(termText(term), step.position.line);
    }
    return problems;
  };
};

/** Who belongs to a group or to `*` is not known here, so a wait for one may be about any node. */
function forget(nodes: NodeExpression, lineOfEnd: Map<string, number>): void {
  if (nodes.terms.some(({ kind }) => kind !== 'node')) lineOfEnd.clear();
  for (const term of nodes.terms) lineOfEnd.delete(termText(term));
}

function findEnded(step: Step, nodes: NodeExpression, lineOfEnd: ReadonlyMap<string, number>): Diagnostic[] {
  const term = nodes.terms.map(termText).find((text) => lineOfEnd.has(text) || lineOfEnd.has('*'));
  if (term === undefined) return [];
  const line = lineOfEnd.get(term) ?? lineOfEnd.get('*');
  const alive = `WAITFOR ${speaksOfAll(nodes) ? 'node1,node2' : term} ALIVE`;
  const message = `${term} was told to TERMINATE in line ${line}: if it is started again, say ${alive} before this`;
  return [createWarning('SEND_AFTER_TERMINATE', step.position, message)];
}
