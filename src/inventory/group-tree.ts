import type { NodeName } from '../protocol/index.ts';

export interface GroupContent {
  readonly hosts: Iterable<NodeName>;
  readonly children: Iterable<string>;
}

/**
 * Groups as Ansible completes them: all are below `all`, and whoever is in none of them is in `ungrouped`, which comes
 * first.
 */
export class GroupTree {
  /** Those in no group first, then group by group, each before its children. */
  readonly hosts: readonly NodeName[];
  readonly #hosts = new Map<string, Set<NodeName>>();
  readonly #children = new Map<string, Set<string>>();
  readonly #parents = new Map<string, Set<string>>();
  readonly #groupsOf = new Map<NodeName, string[]>();
  readonly #depths = new Map<string, number>();

  constructor(groups: ReadonlyMap<string, GroupContent>) {
    this.#add('all', { hosts: [], children: ['ungrouped'] });
    for (const [name, content] of groups) this.#add(name, content);
    for (const name of this.names) {
      if (name !== 'all' && this.parentsOf(name).length === 0) this.#link('all', name);
    }
    this.#settleUngrouped();
    for (const [name, hosts] of this.#hosts) {
      for (const host of hosts) this.#groupsOf.set(host, [...(this.#groupsOf.get(host) ?? []), name]);
    }
    this.hosts = this.membersOf('all');
  }

  get names(): readonly string[] {
    return [...this.#hosts.keys()];
  }

  parentsOf(group: string): readonly string[] {
    return [...(this.#parents.get(group) ?? [])];
  }

  /** Its hosts and those of its children, in the order of `hosts`. */
  membersOf(group: string): readonly NodeName[] {
    const members = new Set<NodeName>();
    const seen = new Set<string>();
    const visit = (name: string): void => {
      if (seen.has(name)) return;
      seen.add(name);
      for (const host of this.#hosts.get(name) ?? []) members.add(host);
      for (const child of this.#children.get(name) ?? []) visit(child);
    };
    visit(group);
    return [...members];
  }

  /** The groups of a host, its own in the order of their names, then those these are children of; without `all`. */
  groupsOf(host: NodeName): readonly string[] {
    const found = new Set<string>();
    let level: readonly string[] = this.#groupsOf.get(host) ?? [];
    while (level.length > 0) {
      const fresh = [...new Set(level)].filter((name) => name !== 'all' && !found.has(name)).toSorted();
      for (const name of fresh) found.add(name);
      level = fresh.flatMap((name) => this.parentsOf(name));
    }
    return [...found];
  }

  /** Steps of the longest way from `all` to it. */
  depthOf(group: string): number {
    const known = this.#depths.get(group);
    if (known !== undefined) return known;
    this.#depths.set(group, 0);
    const depth = Math.max(-1, ...this.parentsOf(group).map((parent) => this.depthOf(parent))) + 1;
    this.#depths.set(group, depth);
    return depth;
  }

  #add(name: string, { hosts, children }: GroupContent): void {
    const own = this.#hosts.get(name) ?? new Set();
    this.#hosts.set(name, own);
    for (const host of hosts) own.add(host);
    for (const child of children) {
      if (!this.#hosts.has(child)) this.#hosts.set(child, new Set());
      this.#link(name, child);
    }
  }

  #link(parent: string, child: string): void {
    this.#children.set(parent, (this.#children.get(parent) ?? new Set()).add(child));
    this.#parents.set(child, (this.#parents.get(child) ?? new Set()).add(parent));
  }

  #settleUngrouped(): void {
    const grouped = new Set<NodeName>();
    for (const [name, hosts] of this.#hosts) {
      if (name !== 'all' && name !== 'ungrouped') for (const host of hosts) grouped.add(host);
    }
    const candidates = [...(this.#hosts.get('ungrouped') ?? []), ...(this.#hosts.get('all') ?? [])];
    this.#hosts.set('ungrouped', new Set(candidates.filter((host) => !grouped.has(host))));
    this.#hosts.set('all', new Set());
  }
}
