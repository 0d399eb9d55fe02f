import type { Inventory, NodeExpression } from '../inventory/index.ts';
import {
  messageFor,
  type Playbook,
  type ResolvedStepOf,
  resolveSteps,
  type Variables,
} from '../playbook/index.ts';
import {
  hasWordsOfItsOwn,
  type InspectQuestion,
  isReservedVerb,
  MOST_INSPECTED,
  type NodeName,
  splitWords,
} from '../protocol/index.ts';
import { type Way, waysIn } from './ways-in.ts';

/** What a playbook needs of one node. */
export interface NodeNeeds {
  /** That a function of its script has to answer. */
  readonly verbs: ReadonlySet<string>;
  /** TCP ports that something of the run will listen on. */
  readonly ports: ReadonlySet<number>;
  /** By text, so that each is there once. */
  readonly ways: ReadonlyMap<string, Way>;
}

/** Nodes that are to begin together. */
export interface SyncNeed {
  readonly line: number;
  readonly nodes: readonly NodeName[];
  readonly maxSkewMs: number | undefined;
}

/** What a playbook needs, as far as that is known for certain before it runs. */
export interface Needs {
  readonly nodes: ReadonlyMap<NodeName, NodeNeeds>;
  readonly syncs: readonly SyncNeed[];
  /** TCP ports that the control machine will listen on. */
  readonly receivePorts: readonly number[];
}

interface NeedsOptions {
  readonly variables: Variables;
  readonly nodesOf: (expression: NodeExpression) => readonly NodeName[];
  /** Has the variables of each node, and knows which words of a message are machines. */
  readonly inventory: Inventory | undefined;
}

export const NO_NEEDS: Needs = { nodes: new Map(), syncs: [], receivePorts: [] };

/** Reads a checked playbook for what its nodes will have to have. */
export function needsOf(playbook: Playbook, { variables, nodesOf, inventory }: NeedsOptions): Needs {
  const hosts: ReadonlySet<string> = new Set(inventory?.hosts.keys());
  const nodes = new Map<NodeName, ReturnType<typeof noNeeds>>();
  const syncs: SyncNeed[] = [];
  const receivePorts = new Set<number>();
  const needsOfNode = (node: NodeName): ReturnType<typeof noNeeds> => {
    const needs = nodes.get(node) ?? noNeeds();
    nodes.set(node, needs);
    return needs;
  };
  const send = (step: ResolvedStepOf<'send'>): readonly NodeName[] => {
    const sentTo = nodesOf(step.nodes);
    for (const node of sentTo) {
      const message = messageFor(step, node, inventory);
      if (message !== undefined) addMessage(needsOfNode(node), splitWords(message), hosts);
    }
    return sentTo;
  };
  for (const { step, resolved } of resolveSteps(playbook, variables)) {
    switch (resolved?.kind) {
      case 'send':
        send(resolved);
        break;
      case 'sync': {
        const { line } = step.position;
        syncs.push({ line, nodes: resolved.sends.flatMap(send), maxSkewMs: resolved.maxSkewMs });
        break;
      }
      case 'probe':
        // Before the first SEND to a node nothing of the run can listen there: it waits for what is there already.
        for (const node of nodesOf(resolved.nodes))
          if (nodes.has(node)) needsOfNode(node).ports.add(resolved.port);
        break;
      case 'receive':
        receivePorts.add(resolved.port);
        break;
    }
  }
  return { nodes, syncs, receivePorts: [...receivePorts] };
}

function noNeeds() {
  return { verbs: new Set<string>(), ports: new Set<number>(), ways: new Map<string, Way>() };
}

function addMessage(
  { verbs, ways }: ReturnType<typeof noNeeds>,
  [verb = '', ...words]: readonly string[],
  hosts: ReadonlySet<string>,
): void {
  const isOfTheAgent = hasWordsOfItsOwn(verb) && verb !== 'START';
  if (!isOfTheAgent && !isReservedVerb(verb)) verbs.add(verb);
  if (verb === 'STOP' || verb === 'TERMINATE') return;
  for (const way of waysIn(words, hosts)) ways.set(describeWay(way), way);
}

export function describeWay({ host, port }: Way): string {
  if (port === undefined) return host;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const LONGEST_VERB = 64;

/** What to ask the agent of a node, as much as a question may have. */
export function questionOf(needs: NodeNeeds | undefined): InspectQuestion {
  const { verbs, ports, ways } = needs ?? noNeeds();
  return {
    verbs: [...verbs].filter(({ length }) => length <= LONGEST_VERB).slice(0, MOST_INSPECTED),
    ports: [...ports].slice(0, MOST_INSPECTED),
    ways: [...ways.values()].slice(0, MOST_INSPECTED),
  };
}
