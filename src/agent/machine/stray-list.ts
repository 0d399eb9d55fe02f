import type { StrayLeftover, StrayList, StrayWork } from '../../protocol/index.ts';
import type { AgentInput } from './agent-port.ts';
import type { Work } from './work-book.ts';

/** What is found in the system. */
export type Found = Pick<Extract<AgentInput, { kind: 'strays-found' }>, 'work' | 'leftovers'>;

/** What the agent knows of its commands. */
interface Known {
  readonly running: Work | undefined;
  readonly waiting: number;
  find(commandId: string): Work | undefined;
}

const MOST_PROCESSES = 20;
const MOST_WORK = 500;
const MOST_LEFTOVERS = 100;

/** Brings together what is found and what is known; complete, so that two lists can be compared. */
export function listStrays(
  { work, leftovers }: Found,
  { running, waiting, find }: Known,
  now: number,
): StrayList {
  const ofProcesses = work.map(({ commandId, processes }) => {
    const known = commandId === undefined ? undefined : find(commandId);
    return toWork(commandId, known, processes, commandId !== undefined && commandId === running?.id, now);
  });
  const isListed = running === undefined || work.some(({ commandId }) => commandId === running.id);
  return {
    work: isListed ? ofProcesses : [...ofProcesses, toWork(running.id, running, [], true, now)],
    unlisted: waiting,
    leftovers: leftovers.map((leftover) => ({ ...leftover, processCount: leftover.processes.length })),
  };
}

function toWork(
  id: string | undefined,
  known: Work | undefined,
  processes: readonly string[],
  running: boolean,
  now: number,
): StrayWork {
  return {
    ...(id !== undefined && { id }),
    origin: originOf(known, now),
    text: known?.text ?? '',
    ...(known && { ageMs: Math.round(now - known.begunAt) }),
    running,
    processes,
    processCount: processes.length,
  };
}

function originOf(known: Work | undefined, now: number): StrayWork['origin'] {
  if (!known) return { kind: 'unknown' };
  const { run, owner, releasedAt, asText } = known;
  if (run === undefined) return { kind: asText ? 'plain-text' : 'send' };
  return {
    kind: 'run',
    run,
    owner,
    ...(releasedAt !== undefined && { releasedMs: Math.round(now - releasedAt) }),
  };
}

/** What of a list is still there later; what is new by then has survived nothing. */
export function survivorsOf(before: StrayList, after: StrayList): StrayList {
  return {
    work: after.work.filter((each) => before.work.some(({ id }) => id === each.id)),
    unlisted: 0,
    leftovers: after.leftovers.filter((each) =>
      before.leftovers.some(({ session }) => session === each.session),
    ),
  };
}

/** And what is not. */
export function endedBetween(before: StrayList, after: StrayList): StrayList {
  return {
    work: before.work.flatMap((each) =>
      gone(
        each,
        after.work.find(({ id }) => id === each.id),
      ),
    ),
    unlisted: before.unlisted,
    leftovers: before.leftovers.flatMap((each) =>
      gone(
        each,
        after.leftovers.find(({ session }) => session === each.session),
      ),
    ),
  };
}

function gone<T extends StrayWork | StrayLeftover>(before: T, after: T | undefined): T[] {
  if (!after) return [before];
  const processes = before.processes.filter((each) => !after.processes.includes(each));
  return processes.length > 0 ? [{ ...before, processes, processCount: processes.length }] : [];
}

/** As much of it as a message should have. */
export function shortened({ work, unlisted, leftovers }: StrayList): StrayList {
  return {
    work: work.slice(0, MOST_WORK).map(withFewProcesses),
    unlisted: unlisted + Math.max(0, work.length - MOST_WORK),
    leftovers: leftovers.slice(0, MOST_LEFTOVERS).map(withFewProcesses),
  };
}

function withFewProcesses<T extends StrayWork | StrayLeftover>(item: T): T {
  return { ...item, processes: item.processes.slice(0, MOST_PROCESSES) };
}
