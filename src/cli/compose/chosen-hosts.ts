import { AppError } from '../../base/index.ts';
import type { Settings } from '../../config/index.ts';
import { type Inventory, type InventoryHost, parseNodeExpression } from '../../inventory/index.ts';
import type { PlaybookNodes } from '../../playbook/index.ts';
import type { NodeName } from '../../protocol/index.ts';
import type { CliContext } from '../context.ts';
import { readInventory } from './read-inventory.ts';

/** @throws AppError USAGE when there is none, and those of `readInventory` */
export function neededInventory({ inventory }: Settings, context: CliContext): Promise<Inventory> {
  if (inventory !== undefined) return readInventory(inventory, context);
  throw new AppError('USAGE', 'agents are brought to the hosts of an inventory, and there is none', {
    hint: 'name it with --inventory FILE or INVENTORY=FILE; docs/guides/deploying.md has one to begin with',
  });
}

/**
 * The hosts that an expression means; all of them without one.
 * @throws AppError USAGE when there is none
 */
export function chooseHosts(inventory: Inventory, limit: string | undefined): readonly InventoryHost[] {
  const nodes = limit === undefined ? [...inventory.hosts.keys()] : nodesOf(limit, inventory);
  return hostsNamed(nodes, inventory);
}

/** The hosts that a playbook speaks of. A node that is not in the inventory has its agent from somewhere else. */
export function hostsOfPlaybook(
  inventory: Inventory,
  { nodes, groups, all }: PlaybookNodes,
): readonly InventoryHost[] {
  const wanted = new Set(all ? inventory.hosts.keys() : nodes);
  for (const group of groups) for (const node of inventory.groups.get(group) ?? []) wanted.add(node);
  return hostsNamed(
    [...wanted].filter((node) => inventory.hosts.has(node)),
    inventory,
  );
}

function hostsNamed(nodes: readonly NodeName[], { hosts, file }: Inventory): readonly InventoryHost[] {
  const chosen = nodes.flatMap((node) => hosts.get(node) ?? []);
  if (chosen.length > 0) return chosen;
  throw new AppError('USAGE', `no host of ${file} is meant`, {
    hint: `its hosts are ${[...hosts.keys()].slice(0, 10).join(', ') || 'none'}`,
  });
}

function nodesOf(limit: string, { hosts, groups, file }: Inventory): readonly NodeName[] {
  const { value, diagnostics } = parseNodeExpression(limit, { line: 1, column: 1, length: limit.length });
  if (!value) {
    const why = diagnostics.map(({ message }) => message).join('; ');
    throw new AppError('USAGE', `"${limit}": ${why}`, { hint: 'orchestrate deploy --help' });
  }
  const nodes = value.terms.flatMap((term) => {
    if (term.kind === 'all') return [...hosts.keys()];
    if (term.kind === 'group' && groups.has(term.name)) return groups.get(term.name) ?? [];
    if (term.kind === 'node' && hosts.has(term.name)) return [term.name];
    throw new AppError('USAGE', `${file} has no ${term.kind} ${term.name}`, {
      hint: `its hosts are ${[...hosts.keys()].slice(0, 10).join(', ')}`,
    });
  });
  return [...new Set(nodes)];
}
