import { formatDuration } from '../base/index.ts';
import { type Column, formatTable } from '../report/index.ts';
import type { Stray, StrayReport } from '../run/index.ts';

const OUTCOME: Column = { title: 'outcome', align: 'left' };
const COLUMNS: readonly Column[] = [
  { title: 'node', align: 'left' },
  { title: 'what', align: 'left' },
  { title: 'command', align: 'left' },
  { title: 'processes', align: 'left' },
  { title: 'since', align: 'right' },
  { title: 'state', align: 'left' },
];
/** The table has so many of the processes; --json has more. */
const PROCESSES_SHOWN = 3;
/** As much of a run's id as tells it from others. */
const RUN_SHOWN = 8;

/** No lines when there is nothing to show. */
export function tableOfStrays({ found, ended }: StrayReport, stop: boolean): readonly string[] {
  const rows = stop
    ? [
        ...ended.map((stray) => ['ended', ...cellsOf(stray)]),
        ...found.map((stray) => ['survived', ...cellsOf(stray)]),
      ]
    : found.map(cellsOf);
  if (rows.length === 0) return [];
  const lines = rows.map((row) => row.map((cell) => cell.replaceAll(/\s+/g, ' ')));
  return formatTable(stop ? [OUTCOME, ...COLUMNS] : COLUMNS, lines);
}

function cellsOf(stray: Stray): readonly string[] {
  if (stray.kind === 'leftover') {
    const { node, foundBy, leftover } = stray;
    const processes = leftover.processCount === 0 ? 'temporary files' : processesOf(leftover);
    return [node, 'leftover', '-', processes, '-', `dead agent ${node}, on the machine of ${foundBy}`];
  }
  const { node, work } = stray;
  const since = work.ageMs === undefined ? '-' : ago(work.ageMs);
  return [
    node,
    work.running ? 'runs' : 'left',
    work.text || '-',
    processesOf(work),
    since,
    stateOf(stray.work),
  ];
}

function processesOf({
  processes,
  processCount,
}: {
  readonly processes: readonly string[];
  readonly processCount: number;
}): string {
  const shown = processes.slice(0, PROCESSES_SHOWN);
  const more = processCount - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(', ') || '-';
}

function stateOf({ id, origin }: Extract<Stray, { kind: 'work' }>['work']): string {
  switch (origin.kind) {
    case 'plain-text':
      return 'plain text';
    case 'send':
      return 'sent without a run';
    case 'unknown':
      return id === undefined ? 'of some command' : 'of a command no longer remembered';
    case 'run': {
      const run = `run ${origin.run.slice(0, RUN_SHOWN)} of ${origin.owner || 'somebody'}`;
      return origin.releasedMs === undefined
        ? `survived the end of ${run}`
        : `released by ${run} ${ago(origin.releasedMs)}`;
    }
  }
}

function ago(ms: number): string {
  return `${formatDuration(ms)} ago`;
}

/** What there is to say beside the table, a sentence each. */
export function notesOnStrays(report: StrayReport, where: string): readonly string[] {
  const { found, ended, unlisted, held, unknown, isEmpty } = report;
  const notes = unlisted.map(
    ({ node, commands }) => `${node}: and ${commands} more commands, mostly waiting for their turn`,
  );
  if (isEmpty) notes.push(`no node ${where}`);
  else if (found.length + ended.length + unlisted.length === 0) notes.push(`no strays ${where}`);
  if (held.length > 0) {
    const nodes = held.map(({ node, lease }) => `${node} (${lease.owner})`).join(', ');
    notes.push(`held by a run, so that nothing there is a stray: ${nodes}`);
  }
  for (const reason of new Set(unknown.map((each) => each.reason))) {
    const nodes = unknown.filter((each) => each.reason === reason).map(({ node }) => node);
    notes.push(`not known: ${nodes.join(', ')}: ${reason}`);
  }
  return notes;
}

/** For programs. */
export function straysToJson({ found, ended, unlisted, held, unknown }: StrayReport, stop: boolean): object {
  const strays = found.map(strayToJson);
  return {
    ...(stop ? { ended: ended.map(strayToJson), survived: strays } : { strays }),
    unlisted,
    held: held.map(({ node, lease: { run, owner } }) => ({ node, run, owner })),
    unknown: unknown.map(({ node, reason }) => ({ node, reason })),
  };
}

function strayToJson(stray: Stray): object {
  if (stray.kind === 'leftover') {
    const { node, foundBy, leftover } = stray;
    const { session, processes, processCount } = leftover;
    return { node, what: 'leftover', session, foundBy, processes, processCount };
  }
  const { id, text, running, ageMs, origin, processes, processCount } = stray.work;
  const what = running ? 'runs' : 'left';
  return {
    node: stray.node,
    what,
    id: id ?? null,
    command: text,
    ageMs: ageMs ?? null,
    origin,
    processes,
    processCount,
  };
}
