import type { NodeName } from '../protocol/index.ts';
import type { VariableText } from './create-inventory.ts';
import type { GroupTree } from './group-tree.ts';

/** What an inventory says of each group and each host by itself. */
export interface InventoryDraft {
  readonly groups: Map<string, DraftGroup>;
  readonly hosts: Map<NodeName, Map<string, VariableText>>;
}

export interface DraftGroup {
  readonly hosts: Set<NodeName>;
  readonly children: Set<string>;
  readonly variables: Map<string, VariableText>;
  /** `ansible_group_priority` */
  priority: number;
}

/**
 * The variables that hold for a host: those of `all`, then of its groups, those farther from `all` later, then its own;
 * the later one wins. Among groups equally far the higher priority is later, then the later name.
 */
export function mergeVariables(
  { groups, hosts }: InventoryDraft,
  tree: GroupTree,
): (host: NodeName) => ReadonlyMap<string, VariableText> {
  const order = (name: string): readonly [number, number] => [
    tree.depthOf(name),
    groups.get(name)?.priority ?? 1,
  ];
  return (host) => {
    const byPrecedence = tree.groupsOf(host).toSorted((a, b) => {
      const [depthA, priorityA] = order(a);
      const [depthB, priorityB] = order(b);
      return depthA - depthB || priorityA - priorityB || (a < b ? -1 : 1);
    });
    const variables = new Map<string, VariableText>();
    const take = (more: ReadonlyMap<string, VariableText> | undefined): void => {
      for (const [name, text] of more ?? []) variables.set(name, text);
    };
    for (const name of ['all', ...byPrecedence]) take(groups.get(name)?.variables);
    take(hosts.get(host));
    return variables;
  };
}
