import { mentionedIn, type NodeExpression, type NodePart, selectNodes } from '../../inventory/index.ts';
import type { CheckOptions } from './rule.ts';

/** One of those whom a step speaks of, as far as they can be told apart before a run. */
export interface Subject {
  /** As written, which also tells subjects apart: `node1`, `@clients`, `*`, `@clients,!node1`. */
  readonly text: string;
  /** node: this one · all: everybody · some: nobody knows who belongs to it */
  readonly kind: 'node' | 'some' | 'all';
}

/** With an inventory it is known whom an expression means; without one a group may have any node. */
export function subjectsOf(nodes: NodeExpression, { inventory }: CheckOptions): readonly Subject[] {
  if (inventory) return selectNodes(nodes, inventory).map(createNode);
  const { nodes: named, groups, all } = mentionedIn([nodes]);
  if (groups.length === 0 && !all) return named.map(createNode);
  if (nodes.parts.some(({ isExcluded }) => isExcluded)) return [{ kind: 'some', text: nodes.text }];
  return nodes.parts.flatMap(subjectsOfPart);
}

/** Without an inventory `*` is whoever answers. */
export function speaksOfAll({ parts }: NodeExpression): boolean {
  const included = parts.filter(({ isExcluded }) => !isExcluded);
  return included.length === 0 || included.some(({ terms }) => terms.every(({ kind }) => kind === 'all'));
}

function subjectsOfPart({ text, terms }: NodePart): readonly Subject[] {
  const [term, ...others] = terms;
  if (term === undefined || others.length > 0) return [{ kind: 'some', text }];
  if (term.kind === 'nodes') return term.names.map(createNode);
  return [{ kind: term.kind === 'all' ? 'all' : 'some', text }];
}

function createNode(name: string): Subject {
  return { kind: 'node', text: name };
}
