import type { Clock } from '../../base/index.ts';
import {
  controlGroupMembers,
  endProcesses,
  type ProcessInfo,
  type ProcessTable,
  removeControlGroups,
  systemProcessTable,
  withDescendants,
} from '../../process/index.ts';
import { findMarkedAgent } from './agent-mark.ts';
import { hasOpenIn } from './leftovers.ts';
import { findPrivateDirectories, removePrivateDirectory } from './private-directory.ts';
import { MARK_PREFIX } from './shell-environment.ts';
import { fromVariables, type ShellMarks } from './shell-marks.ts';

/** Whose leftovers: of all agents below a root topic, or of those of one node. */
export interface Whose {
  readonly root: string;
  readonly node?: string;
}

/** An agent of this machine and user that is gone and has left something. */
export interface DeadAgent {
  /** Id of its shell. */
  readonly session: string;
  readonly node: string;
  readonly processes: readonly ProcessInfo[];
  /** Its private directory, if that is still there. */
  readonly directory: string | undefined;
  readonly groupsDirectory: string | undefined;
}

/**
 * What killed agents left. An agent that lives, and all that is its, is never among it; and where the system does not
 * tell whose a process is, nothing is.
 */
export function findDeadAgents(
  { root, node }: Whose,
  table: ProcessTable = systemProcessTable,
): readonly DeadAgent[] {
  const all = table.list();
  const marks = marksOf(all, table);
  const directories = findPrivateDirectories();
  const shells = new Map([...marks.values(), ...directories].map((shell) => [shell.session, shell]));
  const agents = [...shells.values()].map((shell) => ({
    ...shell,
    agent: findMarkedAgent(shell.agent, table),
  }));
  const alive = new Set(
    agents.flatMap(({ agent }) => (agent?.isAlive ? [agent.pid] : [])).concat(process.pid),
  );
  const untouchable = new Set(
    withDescendants(
      all,
      all.filter(({ pid }) => alive.has(pid)),
    ),
  );
  return agents
    .filter((shell) => shell.agent?.isAlive === false)
    .filter((shell) => shell.root === root && (node === undefined || shell.node === node))
    .map(({ session, node: name }) => {
      const { directory, groupsDirectory } = directories.find((each) => each.session === session) ?? {};
      // What carries the marks of another shell is that one's, wherever it hangs.
      const candidates = all.filter(
        (each) => !untouchable.has(each) && (marks.get(each.pid)?.session ?? session) === session,
      );
      const members = groupsDirectory === undefined ? NOBODY : controlGroupMembers(groupsDirectory);
      const roots = candidates.filter(
        ({ pid }) =>
          marks.has(pid) || members.has(pid) || (directory !== undefined && hasOpenIn(table, pid, directory)),
      );
      const processes = withDescendants(candidates, roots);
      return { session, node: name, processes, directory, groupsDirectory };
    });
}

const NOBODY: ReadonlySet<number> = new Set();

function marksOf(all: readonly ProcessInfo[], table: ProcessTable): ReadonlyMap<number, ShellMarks> {
  return new Map(
    all.flatMap(({ pid }) => {
      const marks = fromVariables(table.variables(pid, MARK_PREFIX));
      return marks ? [[pid, marks]] : [];
    }),
  );
}

/**
 * Ends what these agents left, and removes their directories and control groups. Their reapers may be at the same
 * work: what one has done the other does not find any more.
 */
export async function endDeadAgents(
  whose: Whose,
  { clock, table = systemProcessTable }: { readonly clock: Clock; readonly table?: ProcessTable },
): Promise<void> {
  const find = (): readonly ProcessInfo[] =>
    findDeadAgents(whose, table).flatMap(({ processes }) => processes);
  await endProcesses(find, { table, clock });
  for (const { processes, directory, groupsDirectory } of findDeadAgents(whose, table)) {
    // As long as something is left it is known by them.
    if (processes.length > 0) continue;
    const isEmpty = groupsDirectory === undefined || removeControlGroups(groupsDirectory);
    if (isEmpty && directory !== undefined) await removePrivateDirectory(directory);
  }
}
