import type { NodeExpression } from '../inventory/index.ts';
import type { Playbook, ResolvedStep } from './model.ts';
import { resolveSteps } from './resolve.ts';
import type { Variables } from './variables.ts';

/**
 * Whom the steps speak of, each expression once, in the order of first mention. Steps that cannot be resolved are passed
 * over: `checkPlaybook` reports them.
 * @param given values of the user (`--var`), which win over SET
 */
export function playbookNodes(playbook: Playbook, given: Variables): readonly NodeExpression[] {
  const expressions = new Map<string, NodeExpression>();
  for (const { resolved } of resolveSteps(playbook, given)) {
    const found = resolved ? nodeExpressionsOf(resolved) : [];
    for (const expression of found) {
      if (!expressions.has(expression.text)) expressions.set(expression.text, expression);
    }
  }
  return [...expressions.values()];
}

/** Whom a step speaks of: nobody, some nodes or, in a SYNC, those of each SEND. */
function nodeExpressionsOf(resolved: ResolvedStep): readonly NodeExpression[] {
  switch (resolved.kind) {
    case 'send':
    case 'waitfor':
    case 'probe':
      return [resolved.nodes];
    case 'sync':
      return resolved.sends.map(({ nodes }) => nodes);
    case 'wait':
    case 'set':
    case 'receive':
      return [];
  }
}
