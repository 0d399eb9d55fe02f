import type { Clock, Dispose } from '../../base/index.ts';
import { type ProcessInfo, type ProcessTable, signalProcess, withDescendants } from '../../process/index.ts';
import { isMarked, type Marks } from './leftovers.ts';
import type { ShellProcess } from './shell-process.ts';

/** From the first signal: when it is tried again, when stubborn children are killed, when the shell is given up. */
const FAST_EVERY_MS = 20;
const FAST_UNTIL_MS = 100;
const SLOW_EVERY_MS = 100;
const ANY_CHILD_FROM_MS = 150;
const KILL_FROM_MS = 1000;
const GIVE_UP_AT_MS = 3000;

interface InterruptOptions {
  readonly shell: Pick<ShellProcess, 'pid' | 'signal'>;
  /** Marks of the running command. */
  readonly marks: Marks;
  readonly table: ProcessTable;
  readonly clock: Clock;
  /** The function does not end: the shell is to be killed. */
  readonly giveUp: () => void;
}

/**
 * Makes the shell leave the running function: a signal that arms its unwinding, and an end to the child it waits for,
 * since bash takes no signal before that. Goes on until disposed of, which is when the function has ended: a signal
 * may come too early (before the function) or be swallowed by it.
 */
export function interruptFunction({ shell, marks, table, clock, giveUp }: InterruptOptions): Dispose {
  const startedAt = clock.now();
  const terminated = new Set<number>();
  let stopTimer: Dispose = () => {};

  const round = (): void => {
    const elapsedMs = clock.now() - startedAt;
    if (elapsedMs >= GIVE_UP_AT_MS) {
      giveUp();
      return;
    }
    // Looked for before the signal: what has children is past its beginning, so the signal cannot come too early and
    // leave a function whose child is ended running on.
    const children = foreground(table, shell.pid, marks, elapsedMs >= ANY_CHILD_FROM_MS);
    shell.signal('SIGURG');
    shell.signal('SIGCONT');
    // A program that took the shell's place (exec) or a script that traps SIGURG.
    if (elapsedMs >= KILL_FROM_MS) shell.signal('SIGTERM');
    for (const child of children) {
      if (elapsedMs >= KILL_FROM_MS) signalProcess(table, child, 'SIGKILL');
      else if (!terminated.has(child.pid)) signalProcess(table, child, 'SIGTERM', 'SIGCONT');
      terminated.add(child.pid);
    }
    stopTimer = clock.setTimer(elapsedMs < FAST_UNTIL_MS ? FAST_EVERY_MS : SLOW_EVERY_MS, round);
  };

  round();
  return () => stopTimer();
}

/**
 * What the shell may be waiting for: the command's children that do not look like background ones, and all below them.
 * A foreground child may look like one (`</dev/null`), and some systems do not tell: if there is no other and the shell
 * still sleeps for a child, it is the newest.
 */
function foreground(
  table: ProcessTable,
  shellPid: number,
  marks: Marks,
  orNewest: boolean,
): readonly ProcessInfo[] {
  const all = table.list();
  const children = all.filter(
    ({ pid, parentPid }) => parentPid === shellPid && (!table.tellsDetails || isMarked(table, pid, marks)),
  );
  const visible = table.tellsDetails ? children.filter(({ pid }) => !looksLikeBackground(table, pid)) : [];
  if (visible.length > 0) return withDescendants(all, visible);
  if (!orNewest || table.waitsForChild(shellPid) === false) return [];
  const newest = [...children].sort((a, b) => b.startOrder - a.startOrder || b.pid - a.pid).slice(0, 1);
  return withDescendants(all, newest);
}

/** bash gives what it starts with `&` /dev/null as its input, and lets it ignore SIGINT and SIGQUIT. */
function looksLikeBackground(table: ProcessTable, pid: number): boolean {
  return table.openFile(pid, 0) === '/dev/null' || table.ignoresKeyboard(pid);
}
