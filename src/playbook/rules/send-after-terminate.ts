import { createWarning, type Diagnostic } from '../../diagnostics/index.ts';
import type { NodeExpression } from '../../inventory/index.ts';
import type { Step } from '../model.ts';
import { type CheckOptions, type CreateRule, verbOf } from './rule.ts';
import { type Subject, speaksOfAll, subjectsOf } from './subjects.ts';

/** A SEND to a node that was told to end, or a PROBE of it, without a WAITFOR … ALIVE that would show that it is back. */
export const createSendAfterTerminateRule: CreateRule = (options) => {
  const lineOfEnd = new Map<string, number>();
  return (step, resolved) => {
    if (resolved.kind === 'waitfor' && resolved.words[0] === 'ALIVE')
      forget(subjectsOf(resolved.nodes, options), lineOfEnd);
    if (resolved.kind !== 'send' && resolved.kind !== 'probe') return [];
    const problems = findEnded(step, resolved.nodes, lineOfEnd, options);
    if (resolved.kind === 'send' && verbOf(resolved.message) === 'TERMINATE') {
      for (const { text } of subjectsOf(resolved.nodes, options)) lineOfEnd.set(text, step.position.line);
    }
    return problems;
  };
};

/** Without an inventory it is not known who belongs to a group or to `*`, so a wait for one may be about any node. */
function forget(subjects: readonly Subject[], lineOfEnd: Map<string, number>): void {
  if (subjects.some(({ kind }) => kind !== 'node')) lineOfEnd.clear();
  for (const { text } of subjects) lineOfEnd.delete(text);
}

function findEnded(
  step: Step,
  nodes: NodeExpression,
  lineOfEnd: ReadonlyMap<string, number>,
  options: CheckOptions,
): Diagnostic[] {
  const term = subjectsOf(nodes, options)
    .map(({ text }) => text)
    .find((text) => lineOfEnd.has(text) || lineOfEnd.has('*'));
  if (term === undefined) return [];
  const line = lineOfEnd.get(term) ?? lineOfEnd.get('*');
  const alive = `WAITFOR ${speaksOfAll(nodes) && !options.inventory ? 'node1,node2' : term} ALIVE`;
  const message = `${term} was told to TERMINATE in line ${line}: if it is started again, say ${alive} before this`;
  return [createWarning('SEND_AFTER_TERMINATE', step.position, message)];
}
