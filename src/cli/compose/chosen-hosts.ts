import { AppError } from '../../base/index.ts';
import type { Settings } from '../../config/index.ts';
import {
  type Inventory,
  type InventoryHost,
  type NodeExpression,
  selectNodes,
} from '../../inventory/index.ts';
import type { NodeName } from '../../protocol/index.ts';
import type { CliContext } from '../context.ts';
import { readInventory } from './read-inventory.ts';
import { parseSelection } from './selection.ts';

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
  const nodes =
    limit === undefined
      ? [...inventory.hosts.keys()]
      : selectNodes(parseSelection(limit, inventory, 'deploy'), inventory);
  return hostsNamed(nodes, inventory);
}

/**
 * The hosts that a checked playbook speaks of: each of its nodes is one.
 * @throws AppError USAGE when there is none
 */
export function hostsOfPlaybook(
  inventory: Inventory,
  expressions: readonly NodeExpression[],
): readonly InventoryHost[] {
  const wanted = new Set(expressions.flatMap((expression) => selectNodes(expression, inventory)));
  return hostsNamed([...wanted], inventory);
}

function hostsNamed(nodes: readonly NodeName[], { hosts, file }: Inventory): readonly InventoryHost[] {
  const chosen = nodes.flatMap((node) => hosts.get(node) ?? []);
  if (chosen.length > 0) return chosen;
  throw new AppError('USAGE', `no host of ${file} is meant`, {
    hint: `its hosts are ${[...hosts.keys()].slice(0, 10).join(', ') || 'none'}`,
  });
}
