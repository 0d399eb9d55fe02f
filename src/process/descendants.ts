import type { ProcessInfo } from './process-table.ts';

/** The given processes and everything below them. */
export function withDescendants(
  all: readonly ProcessInfo[],
  roots: readonly ProcessInfo[],
): readonly ProcessInfo[] {
  const found = new Map(roots.map((root) => [root.pid, root]));
  // A Map's iteration also visits what is added during it.
  for (const { pid } of found.values()) {
    for (const child of all)
      if (child.parentPid === pid && !found.has(child.pid)) found.set(child.pid, child);
  }
  return [...found.values()];
}
