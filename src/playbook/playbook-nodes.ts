import type { NodeName } from '../protocol/index.ts';
import type { Playbook } from './model.ts';
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
    if (resolved === undefined || !('nodes' in resolved)) continue;
    for (const term of resolved.nodes.terms) {
      if (term.kind === 'node') nodes.add(term.name);
      else if (term.kind === 'group') groups.add(term.name);
      else all = true;
    }
  }
  return { nodes: [...nodes], groups: [...groups], all };
}
