import { type ProcessInfo, type ProcessTable, withDescendants } from '../../process/index.ts';
import { COMMAND_VARIABLE } from './shell-environment.ts';

/** The prelude opens the command's stdout FIFO as this descriptor, too; forked subshells inherit it. */
export const MARK_DESCRIPTOR = 249;

/** How to recognise the processes of some commands. */
export interface Marks {
  /** `NAME=value` entries of their environment: what programs are recognised by. */
  readonly entries: ReadonlySet<string>;
  /** FIFOs of theirs: what subshells are recognised by (they keep the shell's own environment for ever). */
  readonly fifos: ReadonlySet<string>;
}

export function commandMarks(commandIds: Iterable<string>, fifos: Iterable<string>): Marks {
  return {
    entries: new Set([...commandIds].map((id) => `${COMMAND_VARIABLE}=${id}`)),
    fifos: new Set(fifos),
  };
}

/** @param mark the entry of the shell that all of its processes have */
export function sessionMarks(mark: string, fifos: Iterable<string>): Marks {
  return { entries: new Set([mark]), fifos: new Set(fifos) };
}

export function isMarked(table: ProcessTable, pid: number, { entries, fifos }: Marks): boolean {
  const fifo = table.openFile(pid, MARK_DESCRIPTOR);
  return (fifo !== undefined && fifos.has(fifo)) || table.environmentHas(pid, entries);
}

/** Whether it is of a shell with this private directory, be it one of its subshells. */
export function hasOpenIn(table: ProcessTable, pid: number, directory: string): boolean {
  return table.openFile(pid, MARK_DESCRIPTOR)?.startsWith(`${directory}/`) ?? false;
}

export interface Search {
  /** What the processes carry, … */
  readonly marks: Marks;
  /** … or that they are known by without any mark, … */
  readonly members: ReadonlyMap<number, string>;
  /** … and what those carry that are to be left alone. */
  readonly kept: Marks;
  /** What no command started, but the top level of the script, is left alone, too. */
  readonly commandsOnly: boolean;
  /** The living shell, which is not a leftover. */
  readonly shellPid: number | undefined;
}

/**
 * Every process with one of the marks, every member of a control group, and everything below them. Where the system does not tell marks: the process group
 * of the shell and everything below it, kept or not.
 */
export function findLeftovers(
  table: ProcessTable,
  { marks, members, kept, commandsOnly, shellPid }: Search,
): readonly ProcessInfo[] {
  const all = table.list().filter(({ pid }) => pid !== shellPid && pid !== process.pid);
  if (!table.tellsDetails) {
    const family = all.filter(({ groupId, parentPid }) => groupId === shellPid || parentPid === shellPid);
    return withDescendants(all, family);
  }
  const candidates = isEmpty(kept) ? all : all.filter(({ pid }) => !isMarked(table, pid, kept));
  const isOurs = (pid: number): boolean =>
    members.has(pid) || (isMarked(table, pid, marks) && !(commandsOnly && isOfNoCommand(table, pid)));
  return withDescendants(
    candidates,
    candidates.filter(({ pid }) => isOurs(pid)),
  );
}

/** Twenty agents that end together look at every process of the machine: then it counts. */
function isEmpty({ entries, fifos }: Marks): boolean {
  return entries.size === 0 && fifos.size === 0;
}

function isOfNoCommand(table: ProcessTable, pid: number): boolean {
  return (
    table.openFile(pid, MARK_DESCRIPTOR) === undefined && table.variables(pid, COMMAND_VARIABLE).size === 0
  );
}
