import { spawnSync } from 'node:child_process';
import type { ProcessInfo, ProcessTable } from './process-table.ts';

/** The process table of systems without /proc, from `ps`: it knows families and start times (to the second), no more. */
export const psTable: ProcessTable = {
  tellsDetails: false,
  list: () => ps(['-A']),
  find: (pid) => ps(['-p', String(pid)])[0],
  environmentHas: () => false,
  variables: () => new Map(),
  openFile: () => undefined,
  ignoresKeyboard: () => false,
  waitsForChild: () => undefined,
};

function ps(selection: readonly string[]): ProcessInfo[] {
  const { stdout } = spawnSync('ps', [...selection, '-o', COLUMNS], {
    encoding: 'latin1',
    env: { ...process.env, LC_ALL: 'C' },
    timeout: 5000,
    maxBuffer: 16 * 1024 * 1024,
  });
  return (stdout ?? '').split('\n').flatMap((line) => parseLine(line) ?? []);
}

const COLUMNS = 'pid=,ppid=,pgid=,stat=,lstart=,comm=';
/** As in `  3087     1  3087 Ss   Sun Nov 22 02:11:00 2026 bash`. */
const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\w+\s+\w+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/;

function parseLine(line: string): ProcessInfo | undefined {
  const [, pid, parentPid, groupId, state = 'Z', startMark = '', command = ''] = LINE.exec(line) ?? [];
  if (state.startsWith('Z')) return undefined;
  return {
    pid: Number(pid),
    parentPid: Number(parentPid),
    groupId: Number(groupId),
    name: command.slice(command.lastIndexOf('/') + 1),
    startMark,
    startOrder: Date.parse(startMark),
  };
}
