import type { ProcessInfo, ProcessTable } from '../../process/index.ts';
import { findLeftovers, MARK_DESCRIPTOR, type Search } from './leftovers.ts';
import { COMMAND_VARIABLE } from './shell-environment.ts';

/**
 * What `findLeftovers` finds, by the command that started it: undefined for what is of none.
 * @param commandOfFifo which command has this FIFO for its output
 */
export function findWork(
  table: ProcessTable,
  search: Search,
  commandOfFifo: (path: string) => string | undefined,
): ReadonlyMap<string | undefined, readonly ProcessInfo[]> {
  const found = new Map(findLeftovers(table, search).map((each) => [each.pid, each]));

  function commandOf({ pid, parentPid }: ProcessInfo): string | undefined {
    const fifo = table.openFile(pid, MARK_DESCRIPTOR);
    const own =
      search.members.get(pid) ??
      (fifo === undefined ? undefined : commandOfFifo(fifo)) ??
      table.variables(pid, COMMAND_VARIABLE).get(COMMAND_VARIABLE);
    const parent = found.get(parentPid);
    return own ?? (parent && commandOf(parent));
  }

  const work = new Map<string | undefined, ProcessInfo[]>();
  for (const each of found.values()) {
    const command = commandOf(each);
    work.set(command, [...(work.get(command) ?? []), each]);
  }
  return work;
}
