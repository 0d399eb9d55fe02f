import { formatDuration } from '../base/index.ts';
import { type PastRun, type Standing, standingOf } from '../history/index.ts';
import { type Column, formatTable } from '../report/index.ts';

export const WORDS_OF_UNFINISHED: Readonly<Record<Exclude<Standing, 'finished'>, string>> = {
  running: 'RUNNING',
  incomplete: 'INCOMPLETE',
  elsewhere: 'NOT ENDED',
};

const COLUMNS: readonly Column[] = [
  { title: 'began (UTC)', align: 'left' },
  { title: 'name', align: 'left' },
  { title: 'verdict', align: 'left' },
  { title: 'time', align: 'right' },
  { title: 'nodes', align: 'right' },
  { title: 'id', align: 'left' },
];

export function tableOfRuns(runs: readonly PastRun[]): readonly string[] {
  return formatTable(COLUMNS, runs.map(cellsOf));
}

function cellsOf(run: PastRun): readonly string[] {
  const { startedAt, playbook, tookMs, nodes, id } = run.document;
  return [
    startedAt.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length).replace('T', ' '),
    playbook.file,
    verdictOf(run),
    formatDuration(tookMs),
    String(nodes.length),
    id.slice(0, 8),
  ];
}

/** Of one that could not begin, what kind of error it was. */
function verdictOf(run: PastRun): string {
  const { verdict, error, process } = run.document;
  const standing = standingOf(run);
  if (standing === 'elsewhere') return `${WORDS_OF_UNFINISHED.elsewhere} (${process.host})`;
  if (standing !== 'finished') return WORDS_OF_UNFINISHED[standing];
  return verdict ?? error?.code ?? 'error';
}

/** For programs. */
export function runsToJson(runs: readonly PastRun[]): readonly object[] {
  return runs.map((run) => {
    const { id, playbook, verdict, exitCode, startedAt, endedAt, tookMs, nodes } = run.document;
    return {
      id,
      folder: run.folder,
      playbook: playbook.file,
      standing: standingOf(run),
      verdict,
      exitCode,
      startedAt,
      endedAt,
      tookMs,
      nodes: nodes.length,
    };
  });
}

export function runToJson(run: PastRun): object {
  return { ...run.document, standing: standingOf(run), folder: run.folder };
}
