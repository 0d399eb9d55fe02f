import type { Finding } from '../probe/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { SurveyedNode } from '../run/index.ts';
import type { NodeSync } from './checks/check.ts';
import { NODE_CHECKS } from './checks/registry.ts';
import type { Needs } from './needs.ts';

/** What is to be said of each node, check by check. */
export function judgeNodes(
  nodes: readonly SurveyedNode[],
  needs: Needs,
  version: string,
): readonly Finding[] {
  const syncsOf = syncsByNode(nodes, needs);
  return nodes.flatMap((node) => {
    const facts = { node, needs: needs.nodes.get(node.node), syncs: syncsOf(node.node), version };
    return NODE_CHECKS.flatMap(({ name: check, title, judge }) =>
      judge(facts).map((judged) => ({ subject: node.node, check, title, ...judged })),
    );
  });
}

function syncsByNode(
  nodes: readonly SurveyedNode[],
  { syncs }: Needs,
): (node: NodeName) => readonly NodeSync[] {
  const known = new Map(nodes.map(({ node, clock }) => [node, 'unknown' in clock ? [] : [clock]]));
  const all = syncs.map((sync) => ({ ...sync, clocks: sync.nodes.flatMap((node) => known.get(node) ?? []) }));
  return (node) => all.filter((sync) => sync.nodes.includes(node));
}
