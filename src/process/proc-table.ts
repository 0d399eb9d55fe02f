import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ProcessInfo, ProcessTable } from './process-table.ts';

/**
 * The process table of Linux. Read synchronously: it is memory of the kernel, about 30 µs a process, and between the
 * look at a process and the signal to it nothing else of ours may happen.
 */
export const procTable: ProcessTable = {
  tellsDetails: true,

  list() {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((entry) => readProcess(entry) ?? []);
  },

  find: (pid) => readProcess(String(pid)),

  environmentHas: (pid, entries) => environmentOf(pid).some((entry) => entries.has(entry)),

  variables(pid, prefix) {
    const entries = environmentOf(pid).filter((entry) => entry.startsWith(prefix));
    return new Map(entries.map((entry) => splitEntry(entry)));
  },

  openFile: (pid, descriptor) => attempt(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`)),

  ignoresKeyboard(pid) {
    const status = attempt(() => readFileSync(`/proc/${pid}/status`, 'latin1'));
    const ignored = Number.parseInt(/^SigIgn:\s*\w*(\w{2})$/m.exec(status ?? '')?.[1] ?? '0', 16);
    return (ignored & SIGINT_AND_SIGQUIT) === SIGINT_AND_SIGQUIT;
  },

  waitsForChild(pid) {
    const channel = attempt(() => readFileSync(`/proc/${pid}/wchan`, 'latin1'));
    return channel === undefined || channel === '0' ? undefined : channel.includes('do_wait');
  },
};

/** `NAME=value` entries. */
function environmentOf(pid: number): readonly string[] {
  return attempt(() => readFileSync(`/proc/${pid}/environ`, 'latin1'))?.split('\0') ?? [];
}

function splitEntry(entry: string): [name: string, value: string] {
  const nameEnd = entry.indexOf('=');
  return nameEnd < 0 ? [entry, ''] : [entry.slice(0, nameEnd), entry.slice(nameEnd + 1)];
}

/** Signals 2 and 3; bit n−1 of the mask stands for signal n. */
const SIGINT_AND_SIGQUIT = 0b110;

/** undefined: there is no such process, or it is a zombie, which only waits to be collected. */
function readProcess(pid: string): ProcessInfo | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (stat === undefined) return undefined;
  // The name stands in parentheses and may itself contain blanks and parentheses.
  const nameEnd = stat.lastIndexOf(')');
  const [state, parentPid, groupId, ...rest] = stat.slice(nameEnd + 2).split(' ');
  if (state === 'Z' || state === 'X') return undefined;
  const startTicks = rest[FIELDS_FROM_GROUP_TO_START] ?? '';
  return {
    pid: Number(pid),
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    name: stat.slice(stat.indexOf('(') + 1, nameEnd),
    startMark: startTicks,
    startOrder: Number(startTicks),
  };
}

/** proc(5): the process group is field 5 of stat, the start time field 22. */
const FIELDS_FROM_GROUP_TO_START = 16;

/** A process may vanish, or belong to somebody else, at any moment: then there is nothing to know about it. */
function attempt(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
