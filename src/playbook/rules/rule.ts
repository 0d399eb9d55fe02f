import { splitWords } from '../../protocol/index.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { NodeExpression, NodeTerm, ResolvedStep, Step } from '../model.ts';
import type { Variables } from '../variables.ts';

export interface CheckOptions {
  /** Values given by the user (`--var`); they win over SET. */
  readonly variables: Variables;
  /** True when an inventory says what `*` means. Without one it means the agents that answer. */
  readonly hasInventory: boolean;
  /** When given, a node with another name is an error. */
  readonly knownNodes?: ReadonlySet<string>;
  /** When given, a group with another name is an error. */
  readonly knownGroups?: ReadonlySet<string>;
}

/** Looks at the steps in order, each with what it means, and says what is wrong with one. May keep a memory. */
export type Rule = (step: Step, resolved: ResolvedStep) => readonly Diagnostic[];
export type CreateRule = (options: CheckOptions) => Rule;

/** The verb of a message: what the agent looks at. '' for a message of empty quotes. */
export function verbOf(message: string): string {
  return splitWords(message)[0] ?? '';
}

/** A term as written, which also tells terms apart. */
export function termText(term: NodeTerm): string {
  if (term.kind === 'all') return '*';
  return term.kind === 'group' ? `@${term.name}` : term.name;
}

export function speaksOfAll(nodes: NodeExpression): boolean {
  return nodes.terms.some(({ kind }) => kind === 'all');
}
