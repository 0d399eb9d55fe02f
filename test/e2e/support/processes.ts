import { readdirSync, readFileSync } from 'node:fs';

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

/** A process may end at any moment; one that has ended has neither. */
function read(pid: string, name: 'environ' | 'cmdline'): string[] {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}
