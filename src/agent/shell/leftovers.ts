import { type ProcessInfo, processTable, withDescendants } from '../../process/index.ts';
import { COMMAND_VARIABLE, SESSION_VARIABLE } from './shell-environment.ts';

/** The prelude opens the command's stdout FIFO as this descriptor, too; forked subshells inherit it. */
const MARK_DESCRIPTOR = 249;

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

export function sessionMarks(session: string, fifos: Iterable<string>): Marks {
  return { entries: new Set([`${SESSION_VARIABLE}=${session}`]), fifos: new Set(fifos) };
}

export function isMarked(pid: number, { entries, fifos }: Marks): boolean {
  const fifo = processTable.openFile(pid, MARK_DESCRIPTOR);
  return (fifo !== undefined && fifos.has(fifo)) || processTable.environmentHas(pid, entries);
}

/** Every process with one of the marks, and everything below it; except some processes, and those marked as kept. */
export function findMarked(
  marks: Marks,
  exceptPids: ReadonlySet<number>,
  kept?: Marks,
): readonly ProcessInfo[] {
  const all = processTable
    .list()
    .filter(({ pid }) => !exceptPids.has(pid) && !(kept !== undefined && isMarked(pid, kept)));
  const marked = all.filter(({ pid }) => isMarked(pid, marks));
  return withDescendants(all, marked);
}
