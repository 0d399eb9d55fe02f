import { type Clock, sleep } from '../base/index.ts';
import type { ProcessInfo, ProcessTable } from './process-table.ts';

interface EndOptions {
  readonly table: ProcessTable;
  readonly clock: Clock;
  /** How long a process may take to end by itself after SIGTERM. Default 500 ms. */
  readonly graceMs?: number;
}

/**
 * Ends processes: SIGTERM first, SIGKILL to what is left after the grace, in rounds, since a process may start others
 * until the moment it ends.
 * @param find what is to be ended, looked up afresh before each round
 * @returns what survived: processes of another user, or stuck in the kernel
 */
export async function endProcesses(
  find: () => readonly ProcessInfo[],
  { table, clock, graceMs = 500 }: EndOptions,
): Promise<readonly ProcessInfo[]> {
  let victims = find();
  if (victims.length === 0) return [];
  for (const victim of victims) signalProcess(table, victim, 'SIGTERM', 'SIGCONT');
  await untilGone(table, victims, clock, graceMs);
  for (let round = 0; round < KILL_ROUNDS; round += 1) {
    victims = find();
    if (victims.length === 0) return [];
    for (const victim of victims) signalProcess(table, victim, 'SIGKILL');
    await untilGone(table, victims, clock, KILL_WAIT_MS);
  }
  return find();
}

const KILL_ROUNDS = 5;
const KILL_WAIT_MS = 50;
const POLL_MS = 10;

/**
 * Signals a process, but never another one that was given its pid meanwhile: the start is compared right before.
 * SIGCONT after a SIGTERM lets a stopped process take it.
 */
export function signalProcess(
  table: ProcessTable,
  target: ProcessInfo,
  ...signals: readonly NodeJS.Signals[]
): void {
  if (!isRunning(table, target)) return;
  try {
    for (const signal of signals) process.kill(target.pid, signal);
  } catch {
    // Gone in this moment, or another user's: whoever asked looks again.
  }
}

function isRunning(table: ProcessTable, target: ProcessInfo): boolean {
  return table.find(target.pid)?.startMark === target.startMark;
}

async function untilGone(
  table: ProcessTable,
  victims: readonly ProcessInfo[],
  clock: Clock,
  limitMs: number,
): Promise<void> {
  const deadline = clock.now() + limitMs;
  while (victims.some((victim) => isRunning(table, victim)) && clock.now() < deadline)
    await sleep(clock, POLL_MS);
}
