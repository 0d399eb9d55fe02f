import type { Lease, StrayLeftover, StrayList, StrayWork } from '../protocol/index.ts';
import type { NodeMachine } from './node/node-machine.ts';

export type Stray =
  /** What a command runs, or left running, on a node that no run holds. */
  | { readonly kind: 'work'; readonly node: string; readonly work: StrayWork }
  /** What a killed agent left; `foundBy` runs on the same machine. */
  | {
      readonly kind: 'leftover';
      readonly node: string;
      readonly foundBy: string;
      readonly leftover: StrayLeftover;
    };

export interface UnknownNode {
  readonly node: string;
  readonly reason: string;
  /** False where there was nobody to ask: the node said goodbye, or its agent does not know the question. */
  readonly wasAsked: boolean;
}

export interface StrayReport {
  /** What there is; after an order to end it, what survived. */
  readonly found: readonly Stray[];
  readonly ended: readonly Stray[];
  /** Nodes with more commands than are listed, most of which wait, or waited, for their turn. */
  readonly unlisted: readonly { readonly node: string; readonly commands: number }[];
  /** Nodes of live runs: what runs there is no stray. */
  readonly held: readonly { readonly node: string; readonly lease: Lease }[];
  /** Nodes of which nothing is known. */
  readonly unknown: readonly UnknownNode[];
  /** Whether anybody is there at all. */
  readonly isEmpty: boolean;
}

export interface Questioned {
  readonly node: NodeMachine;
  readonly asked: boolean;
  /** The session that was asked is still the one that lives. */
  readonly isSame: boolean;
}

/**
 * Brings together what nodes have answered, in their order.
 * @param limit how long they had, for people
 */
export function reportStrays(questioned: readonly Questioned[], limit: string): StrayReport {
  const found: Stray[] = [];
  const ended: Stray[] = [];
  const unlisted: { node: string; commands: number }[] = [];
  const held: { node: string; lease: Lease }[] = [];
  const unknown: UnknownNode[] = [];
  for (const each of questioned) {
    const { node, strays } = each.node;
    if (!strays) {
      unknown.push(...whyUnknown(each, limit));
      continue;
    }
    found.push(...toStrays(node, strays.found));
    if (strays.ended) ended.push(...toStrays(node, strays.ended));
    const commands = (strays.ended ?? strays.found).unlisted;
    if (commands > 0) unlisted.push({ node, commands });
    if (strays.lease) held.push({ node, lease: strays.lease });
  }
  return {
    found: onceEach(found),
    ended: onceEach(ended),
    unlisted,
    held,
    unknown,
    isEmpty: questioned.length === 0,
  };
}

function toStrays(node: string, { work, leftovers }: StrayList): readonly Stray[] {
  return [
    ...work.map((each) => ({ kind: 'work' as const, node, work: each })),
    ...leftovers.map((leftover) => ({
      kind: 'leftover' as const,
      node: leftover.node,
      foundBy: node,
      leftover,
    })),
  ];
}

/** Work, then leftovers. Every agent of a machine finds the same dead ones; who tells most of one has looked best. */
function onceEach(strays: readonly Stray[]): readonly Stray[] {
  const best = new Map<string, Stray>();
  for (const stray of strays) {
    if (stray.kind === 'work') continue;
    const { session } = stray.leftover;
    const before = best.get(session);
    if (before?.kind === 'leftover' && before.leftover.processCount >= stray.leftover.processCount) continue;
    best.set(session, stray);
  }
  return [...strays.filter(({ kind }) => kind === 'work'), ...best.values()];
}

function whyUnknown({ node: machine, asked, isSame }: Questioned, limit: string): readonly UnknownNode[] {
  const { node, state, presence, reason } = machine;
  const { lastWords, info } = presence;
  // TERMINATE ends everything of a node.
  if (state === 'terminated' || (state === 'silent' && lastWords === 'terminated')) return [];
  if (state === 'silent' && lastWords === 'offline')
    return [{ node, reason: 'its agent is gone (OFFLINE)', wasAsked: false }];
  if (state === 'legacy')
    return [{ node, reason: 'an agent of the original kind, which cannot be asked', wasAsked: false }];
  if (state !== 'alive') return [{ node, reason, wasAsked: true }];
  if (machine.readsTextOnly)
    return [
      {
        node,
        reason: 'its agent has no Node.js and reads plain text only, so it cannot be asked',
        wasAsked: false,
      },
    ];
  if (asked && !isSame) return [{ node, reason: 'its agent was started again meanwhile', wasAsked: true }];
  if (asked) return [{ node, reason: `it did not answer within ${limit}`, wasAsked: true }];
  return [
    { node, reason: `its agent, version ${info?.version}, does not know the question`, wasAsked: false },
  ];
}
