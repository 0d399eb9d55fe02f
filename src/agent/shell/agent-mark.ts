import { readlinkSync } from 'node:fs';
import type { ProcessTable } from '../../process/index.ts';

/**
 * Names this agent process, for whoever finds what it left: user, pid namespace, pid, and the start of the process,
 * since a pid is used again.
 */
export function ownAgentMark(table: ProcessTable): string {
  return [...surroundings(), process.pid, table.find(process.pid)?.startMark ?? ''].join(' ');
}

interface MarkedAgent {
  readonly pid: number;
  readonly isAlive: boolean;
}

/** Undefined when nobody here can tell: another user's agent, or one in a container of its own. */
export function findMarkedAgent(mark: string, table: ProcessTable): MarkedAgent | undefined {
  const [user, namespace = '', pid, ...startMark] = mark.split(' ');
  const [ownUser, ownNamespace] = surroundings();
  if (!table.tellsDetails) return undefined;
  if (user !== ownUser || namespace !== ownNamespace || namespace === UNKNOWN || startMark.length === 0)
    return undefined;
  return { pid: Number(pid), isAlive: table.find(Number(pid))?.startMark === startMark.join(' ') };
}

const UNKNOWN = '-';

/** User and pid namespace. The latter is unknown where /proc is missing, or shows the pids of another namespace. */
function surroundings(): readonly [user: string, namespace: string] {
  const user = String(process.getuid?.() ?? UNKNOWN);
  try {
    const isOurs = readlinkSync('/proc/self') === String(process.pid);
    return [user, isOurs ? readlinkSync('/proc/self/ns/pid') : UNKNOWN];
  } catch {
    return [user, UNKNOWN];
  }
}
