import { suggest } from '../../base/index.ts';
import {
  CONTROL_CHARACTER,
  createError,
  type Diagnostic,
  nameCharacter,
  type Position,
} from '../../diagnostics/index.ts';
import { type Inventory, selectNodes, someNames } from '../../inventory/index.ts';
import type { NodeName } from '../../protocol/index.ts';
import { nodeVariable } from '../message-for.ts';
import type { ResolvedStepOf } from '../model.ts';
import type { CreateRule } from './rule.ts';

/** A `${node.name}` that has no value for some node that the message goes to. */
export const createNodeVariablesRule: CreateRule =
  ({ inventory }) =>
  (_step, resolved) => {
    if (resolved.kind !== 'send') return [];
    const references = resolved.pieces?.filter((piece) => typeof piece !== 'string') ?? [];
    return references.flatMap(({ variable, position }) =>
      inventory
        ? checkValues(variable, position, resolved, inventory)
        : checkWithoutInventory(variable, position),
    );
  };

function checkWithoutInventory(variable: string, position: Position): Diagnostic[] {
  if (variable === 'name') return [];
  const message = `\${node.${variable}} comes from an inventory, and there is none: give --inventory FILE`;
  return [createError('UNSET_VARIABLE', position, message)];
}

function checkValues(
  variable: string,
  position: Position,
  { nodes }: ResolvedStepOf<'send'>,
  inventory: Inventory,
): Diagnostic[] {
  const known = selectNodes(nodes, inventory).filter((node) => inventory.hosts.has(node));
  const textFor = (node: NodeName): string | undefined => nodeVariable(variable, node, inventory);
  const missing = known.filter((node) => textFor(node) === undefined);
  if (missing.length > 0) {
    const message = `\${node.${variable}} has no value for ${someNames(missing)}: the inventory gives it none that is a text`;
    return [createError('UNSET_VARIABLE', position, message, suggestVariable(variable, missing, inventory))];
  }
  const spoilt = known.find((node) => CONTROL_CHARACTER.test(textFor(node) ?? ''));
  if (spoilt === undefined) return [];
  const [character = ''] = CONTROL_CHARACTER.exec(textFor(spoilt) ?? '') ?? [];
  const message = `the value of \${node.${variable}} for ${spoilt} brings ${nameCharacter(character)} in here`;
  return [createError('CONTROL_CHARACTER', position, message)];
}

function suggestVariable(
  variable: string,
  nodes: readonly NodeName[],
  { hosts }: Inventory,
): string | undefined {
  const names = nodes.flatMap((node) => [...(hosts.get(node)?.variables.keys() ?? [])]);
  const meant = suggest(variable, new Set(['name', 'address', ...names]));
  return meant === undefined ? undefined : `\${node.${meant}}`;
}
