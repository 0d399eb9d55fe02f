import { suggest } from '../base/index.ts';
import { createError, type Diagnostic, type Position, quote } from '../diagnostics/index.ts';
import type { Inventory, NodeExpression, NodeTerm } from './model.ts';
import { placeOf } from './node-expression.ts';
import { selectNodes } from './select-nodes.ts';

/**
 * What an expression names that the inventory does not have, excluded or not; else whether it leaves nobody.
 * @param position where its text stands, as for `parseNodeExpression`
 */
export function checkSelection(
  nodes: NodeExpression,
  inventory: Inventory,
  position: Position,
): readonly Diagnostic[] {
  const terms = nodes.parts.flatMap((part) => part.terms);
  const unknown = terms.flatMap((term) => checkTerm(term, placeOf(term, nodes.text, position), inventory));
  if (unknown.length > 0 || selectNodes(nodes, inventory).length > 0) return unknown;
  const message = `${quote(nodes.text)} is nobody of the inventory`;
  return [createError('EMPTY_SELECTION', position, message)];
}

function checkTerm(term: NodeTerm, position: Position, { hosts, groups }: Inventory): Diagnostic[] {
  if (term.kind === 'all') return [];
  if (term.kind === 'group') {
    if (groups.has(term.name)) return [];
    const message = `the inventory has no group ${quote(term.name)}`;
    return [createError('UNKNOWN_GROUP', position, message, suggest(term.name, groups.keys()))];
  }
  const missing = term.names.filter((name) => !hosts.has(name));
  const [first] = missing;
  if (first === undefined) return [];
  const names = missing.length === 1 ? `node ${quote(first)}` : `nodes ${someNames(missing)}`;
  const suggestion = term.text === first ? suggest(first, hosts.keys()) : undefined;
  return [createError('UNKNOWN_NODE', position, `the inventory has no ${names}`, suggestion)];
}

const MOST_NAMED = 3;

/** `node1, node2, node3 and 7 more` */
export function someNames(names: readonly string[]): string {
  const rest = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return names.slice(0, MOST_NAMED).join(', ') + rest;
}
