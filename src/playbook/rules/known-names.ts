import { suggest } from '../../base/index.ts';
import { createError, type Diagnostic, type Position, quote } from '../../diagnostics/index.ts';
import type { NodeTerm } from '../../inventory/index.ts';
import { type CheckOptions, type CreateRule, namedNodes } from './rule.ts';

/** A node or a group that the inventory does not have. */
export const createKnownNamesRule: CreateRule = (options) => (step, resolved) => {
  const named = namedNodes(step, resolved);
  if (!named) return [];
  return named.nodes.terms.flatMap((term) => checkName(term, named.written.position, options));
};

function checkName(term: NodeTerm, position: Position, options: CheckOptions): Diagnostic[] {
  if (term.kind === 'all') return [];
  const known = term.kind === 'node' ? options.knownNodes : options.knownGroups;
  if (known === undefined || known.has(term.name)) return [];
  const code = term.kind === 'node' ? 'UNKNOWN_NODE' : 'UNKNOWN_GROUP';
  const message = `the inventory has no ${term.kind} ${quote(term.name)}`;
  return [createError(code, position, message, suggest(term.name, known))];
}
