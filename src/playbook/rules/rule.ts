import type { Diagnostic } from '../../diagnostics/index.ts';
import type { Inventory, NodeExpression } from '../../inventory/index.ts';
import { splitWords } from '../../protocol/index.ts';
import type { ResolvedStep, ResolvedStepOf, SendStep, Step, SyncStep, Template } from '../model.ts';
import type { Variables } from '../variables.ts';

export interface CheckOptions {
  /** Values given by the user (`--var`); they win over SET. */
  readonly variables: Variables;
  /** Says who there is. Without one `*` and groups mean the agents that answer. */
  readonly inventory?: Inventory | undefined;
}

/**
 * Looks at the steps in order, each with what it means, and says what is wrong with one. May keep a memory.
 * The SENDs of a SYNC come after it, as if they were steps.
 */
export type Rule = (step: Step, resolved: ResolvedStep) => readonly Diagnostic[];
export type CreateRule = (options: CheckOptions) => Rule;

/** The verb of a message: what the agent looks at. '' for a message of empty quotes. */
export function verbOf(message: string): string {
  return splitWords(message)[0] ?? '';
}

/** The nodes that a step names by itself: as written, and as meant. */
export function namedNodes(
  step: Step,
  resolved: ResolvedStep,
): { readonly written: Template; readonly nodes: NodeExpression } | undefined {
  if (!('nodes' in step && 'nodes' in resolved)) return undefined;
  return { written: step.nodes, nodes: resolved.nodes };
}

/** The SENDs of a SYNC, each with what it means. */
export function pairSends(
  step: SyncStep,
  resolved: ResolvedStepOf<'sync'>,
): readonly (readonly [SendStep, ResolvedStepOf<'send'>])[] {
  return resolved.sends.flatMap((meaning, index) => {
    const send = step.sends[index];
    return send ? [[send, meaning] as const] : [];
  });
}
