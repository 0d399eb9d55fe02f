import type { NodeName } from '../protocol/index.ts';

/** The machines that somebody has: Ansible's inventory, as far as it concerns us. */
export interface Inventory {
  /** As given by the user. For messages only. */
  readonly file: string;
  /** Those in no group first, then group by group in the order of the file, each before its children. */
  readonly hosts: ReadonlyMap<NodeName, InventoryHost>;
  /**
   * Members of each group, those of its children included. Has `all`, and `ungrouped` when somebody is in no other. A
   * group may be empty.
   */
  readonly groups: ReadonlyMap<string, readonly NodeName[]>;
}

/** A machine: its name is that of the node. */
export interface InventoryHost {
  readonly node: NodeName;
  /** `ansible_host`, or else the name: how the control machine's ssh gets there. */
  readonly address: string;
  /** `ansible_user`; undefined: whatever ssh takes. */
  readonly user: string | undefined;
  /** `ansible_port`; undefined: whatever ssh takes. */
  readonly port: number | undefined;
  /** Nearest first: its own in the order of their names, then those these are children of; without `all` and `ungrouped`. */
  readonly groups: readonly string[];
  /**
   * Scalars of host and groups as text, the nearest definition of each; `${node.name}` in a message. What has no text
   * is left out: lists and maps, nothing at all, secrets and templates of Ansible's.
   */
  readonly variables: ReadonlyMap<string, string>;
}

/** Who can be meant. An inventory is one of these; without one, those who answer are. */
export interface KnownNodes {
  readonly hosts: Pick<ReadonlyMap<NodeName, unknown>, 'keys' | 'has'>;
  readonly groups: ReadonlyMap<string, readonly NodeName[]>;
}

/**
 * Which nodes somebody speaks of: whoever is in a part that is included and in none that is excluded. Where all parts are
 * excluded, everybody but them.
 */
export interface NodeExpression {
  readonly text: string;
  /** In the order written, at least one. */
  readonly parts: readonly NodePart[];
}

/** What stands between two commas. */
export interface NodePart {
  readonly text: string;
  /** Where it stands in the text of the expression. */
  readonly offset: number;
  /** Begins with `!`. */
  readonly isExcluded: boolean;
  /** Whoever is in each of them. At least one. */
  readonly terms: readonly NodeTerm[];
}

/** With its place in the text of the expression. */
export type NodeTerm = { readonly text: string; readonly offset: number } & (
  | { readonly kind: 'nodes'; readonly names: readonly NodeName[] }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'all' }
);
