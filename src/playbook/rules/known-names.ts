import { suggest } from '../../base/index.ts';
import { createError, type Diagnostic, quote } from '../diagnostic.ts';
import type { NodeTerm, Template } from '../model.ts';
import type { CheckOptions, CreateRule } from './rule.ts';

/** A node or a group that the inventory does not have. */
export const createKnownNamesRule: CreateRule = (options) => (step, resolved) => {
  if (!('nodes' in step && 'nodes' in resolved)) return [];
  return resolved.nodes.terms.flatMap((term) => checkName(term, step.nodes, options));
};

function checkName(term: NodeTerm, { position }: Template, options: CheckOptions): Diagnostic[] {
  if (term.kind === 'all') return [];
  const known = term.kind === 'node' ? options.knownNodes : options.knownGroups;
  if (known === undefined || known.has(term.name)) return [];
  const code = term.kind === 'node' ? 'UNKNOWN_NODE' : 'UNKNOWN_GROUP';
  const message = `the inventory has no ${term.kind} ${quote(term.name)}`;
  return [createError(code, position, message, suggest(term.name, known))];
}
