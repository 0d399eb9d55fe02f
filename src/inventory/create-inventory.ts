import type { NodeName } from '../protocol/index.ts';
import type { GroupTree } from './group-tree.ts';
import type { Inventory, InventoryHost } from './model.ts';

/** Undefined: a variable that has no text. It hides one of the same name that is farther away. */
export type VariableText = string | undefined;

/** @param variablesOf those that hold for each host, and have been checked */
export function createInventory(
  file: string,
  tree: GroupTree,
  variablesOf: (host: NodeName) => ReadonlyMap<string, VariableText>,
): Inventory {
  const hosts = new Map(tree.hosts.map((node) => [node, createHost(node, tree, variablesOf(node))] as const));
  const groups = new Map<string, readonly NodeName[]>();
  for (const name of tree.names) {
    const members = tree.membersOf(name);
    if (name !== 'ungrouped' || members.length > 0) groups.set(name, members);
  }
  return { file, hosts, groups };
}

function createHost(node: NodeName, tree: GroupTree, all: ReadonlyMap<string, VariableText>): InventoryHost {
  const variables = new Map(
    [...all].flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const])),
  );
  const port = variables.get('ansible_port');
  return {
    node,
    address: variables.get('ansible_host') ?? node,
    user: variables.get('ansible_user'),
    port: port === undefined ? undefined : Number(port),
    groups: tree.groupsOf(node).filter((group) => group !== 'ungrouped'),
    variables,
  };
}
