import type { KnownNodes } from '../inventory/index.ts';
import type { Info, NodeName } from '../protocol/index.ts';

/** Agents by name, with the groups that their INFOs say. */
export function knownAmong(agents: readonly (readonly [NodeName, Info | undefined])[]): KnownNodes {
  const sorted = agents.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const groups = new Map<string, NodeName[]>();
  for (const [node, info] of sorted) {
    for (const group of new Set(info?.groups)) {
      const members = groups.get(group) ?? [];
      members.push(node);
      groups.set(group, members);
    }
  }
  return { hosts: new Map(sorted), groups };
}
