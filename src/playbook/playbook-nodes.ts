import type { NodeExpression } from '../inventory/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { Playbook, ResolvedStep } from './model.ts';
import { resolveSteps } from './resolve.ts';
import type { Variables } from './variables.ts';

/** Who a playbook speaks of, each in the order of first mention. */
export interface PlaybookNodes {
  /** Named one by one; members of groups are not among them. */
  readonly nodes: readonly NodeName[];
  /** Without the `@`. */
  readonly groups: readonly string[];
  /** True when a step speaks of `*`. */
  readonly all: boolean;
}

/**
 * Who the steps speak of. Steps that cannot be resolved are passed over: `checkPlaybook` reports them.
 * @param given values of the user (`--var`), which win over SET
 */
export function playbookNodes(playbook: Playbook, given: Variables): PlaybookNodes {
  const nodes = new Set<NodeName>();
  const groups = new Set<string>();
  let all = false;
  for (const { resolved } of resolveSteps(playbook, given)) {
    const terms = resolved ? nodeExpressionsOf(resolved).flatMap((expression) => expression.terms) : [];
    for (const term of terms) {
      if (term.kind === 'node') nodes.add(term.name);
      else if (term.kind === 'group') groups.add(term.name);
      else all = true;
    }
  }
  return { nodes: [...nodes], groups: [...groups], all };
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
