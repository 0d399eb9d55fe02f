import type { NodeName } from '../protocol/index.ts';

/** The machines that somebody has: Ansible's inventory, as far as it concerns us. */
export interface Inventory {
  /** As given by the user. For messages only. */
  readonly file: string;
  /** In the order of the file. */
  readonly hosts: ReadonlyMap<NodeName, InventoryHost>;
  /**
   * Members of each group, those of its children included, in the order of the hosts. Has `all`, and `ungrouped`
   * when somebody is in no other.
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
  /** Nearest first: its own groups, then those these are children of; without `all` and `ungrouped`. */
  readonly groups: readonly string[];
  /**
   * Scalars of host and groups as text, the nearest definition of each; `${node.name}` in a message. Lists and maps
   * are left out.
   */
  readonly variables: ReadonlyMap<string, string>;
}

/** Which nodes somebody speaks of, in the order written, without repeats. */
export interface NodeExpression {
  readonly text: string;
  readonly terms: readonly NodeTerm[];
}

export type NodeTerm =
  | { readonly kind: 'node'; readonly name: NodeName }
  | { readonly kind: 'group'; readonly name: string }
  | { readonly kind: 'all' };
