import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const VARIABLE = 'E2E_LAB';

/** An environment variable that everything inherits which comes of a lab. */
export function markOf(lab: string): Readonly<Record<string, string>> {
  return { [VARIABLE]: lab };
}

interface Found {
  readonly pid: number;
  readonly commandLine: string;
}

/** The running processes that have all these variables in their environment. */
export function processesWith(variables: Readonly<Record<string, string>>): readonly Found[] {
  const entries = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const environment = read(pid, 'environ');
      return entries.every((entry) => environment.includes(entry));
    })
    .map((pid) => ({ pid: Number(pid), commandLine: read(pid, 'cmdline').join(' ') }));
}

/** The memory that a process has in use, in bytes. */
export function memoryOf(pid: number): number {
  const [, kilobytes = ''] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** Pids of the processes that it has started and that still run. */
export function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => Number(/\) \S (\d+) /.exec(read(pid, 'stat').join())?.[1]) === parent)
    .map(Number);
}

/** Gives them some time to end by themselves, and kills the rest. */
export async function endProcessesWith(variables: Readonly<Record<string, string>>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (processesWith(variables).length > 0 && performance.now() < deadline) await sleep(POLL_MS);
  for (const { pid } of processesWith(variables)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

const PATIENCE_MS = 5000;
const POLL_MS = 50;

/** A process may end at any moment; one that has ended has neither. */
function read(pid: string, name: 'environ' | 'cmdline' | 'stat'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').replace(/\0$/, '').split('\0');
  } catch {
    return [];
  }
}
