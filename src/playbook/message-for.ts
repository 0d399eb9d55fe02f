import type { Inventory } from '../inventory/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { ResolvedStepOf } from './model.ts';

/**
 * What a SEND says to one of its nodes.
 * @returns undefined when a variable has no value there; `checkPlaybook` reports that
 */
export function messageFor(
  { message, pieces }: ResolvedStepOf<'send'>,
  node: NodeName,
  inventory: Inventory | undefined,
): string | undefined {
  if (!pieces) return message;
  const texts = pieces.map((piece) =>
    typeof piece === 'string' ? piece : nodeVariable(piece.variable, node, inventory),
  );
  return texts.includes(undefined) ? undefined : texts.join('');
}

/** The value of `${node.<name>}`: `name` and `address` are ours, everything else is the inventory's. */
export function nodeVariable(
  name: string,
  node: NodeName,
  inventory: Inventory | undefined,
): string | undefined {
  if (name === 'name') return node;
  const host = inventory?.hosts.get(node);
  return name === 'address' ? host?.address : host?.variables.get(name);
}
