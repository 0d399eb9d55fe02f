import { formatMilliseconds } from '../base/index.ts';
import type { RunView, SyncView } from '../events/index.ts';
import { formatStepNumber } from './phrases.ts';
import type { Style } from './style.ts';
import { formatAfter, formatNotStarted, formatSync, type Started, startedOf } from './sync-line.ts';
import { createAxis, drawStart, labelAxis } from './sync-picture.ts';
import { type Column, formatTable } from './table.ts';
import { fitColumns } from './text-width.ts';

/** Of more than this, those that failed come first and the last ones are only counted. */
const MOST_SYNCS = 10;
/** Of more nodes than this the first and the last to start are shown, as many of each. */
const MOST_NODES = 20;
const WIDEST_PICTURE = 50;
/** Narrower, a picture shows nothing, and the ends of its axis have no room for what they are. */
const NARROWEST_PICTURE = 18;
const NARROWEST = 20;

/** A section for each SYNC: when each node started, on paper and in a picture. */
export function formatSyncs(style: Style, view: RunView, width: number | undefined): readonly string[] {
  const failedFirst = [...view.syncs].sort((a, b) => Number(hasPassed(a)) - Number(hasPassed(b)));
  const shown = (view.syncs.length <= MOST_SYNCS ? view.syncs : failedFirst).slice(0, MOST_SYNCS);
  const rest = view.syncs.length - shown.length;
  return [
    ...shown.flatMap((sync) => formatSection(style, sync, view.steps.length, width)),
    ...(rest > 0 ? [`${style.ellipsis} and ${rest} more SYNCs, measured alike`, ''] : []),
  ];
}

const hasPassed = ({ verdict }: SyncView): boolean => verdict === 'passed';

function formatSection(
  style: Style,
  sync: SyncView,
  steps: number,
  width: number | undefined,
): readonly string[] {
  const cut = (text: string, indent: number): string =>
    fitColumns(text, Math.max(NARROWEST, (width ?? Infinity) - indent), style.ellipsis);
  const number = formatStepNumber(sync.step, steps).trim();
  const title = cut(`SYNC ${number}: ${formatSync(style, sync)}`, 0);
  return [
    style.strong(hasPassed(sync) ? title : style.bad(title)),
    ...[describePlan(style, sync), ...formatNotStarted(style, sync)].map(
      (line) => INDENT + cut(line, INDENT.length),
    ),
    ...formatStarts(style, startedOf(sync), width).map((line) => INDENT + line),
    '',
  ];
}

const INDENT = '  ';

function describePlan(style: Style, sync: SyncView): string {
  const { plannedAt, likelyClocksMs } = sync;
  if (likelyClocksMs === undefined || startedOf(sync).length < 2) return `planned for ${plannedAt}`;
  return `planned for ${plannedAt}; clocks likely ${style.plusMinus}${formatMilliseconds(likelyClocksMs)}`;
}

/** As many columns as the width allows: the picture goes first. */
function formatStarts(
  style: Style,
  started: readonly Started[],
  width: number | undefined,
): readonly string[] {
  const { shown, left } = selectOutermost(started);
  if (shown.length === 0) return [];
  const columns: readonly Column[] = [
    { title: 'node', align: 'left' },
    { title: 'start', align: 'right' },
    { title: style.plusMinus, align: 'right' },
  ];
  const table = formatTable(columns, shown.map(cellsOf));
  const room = (width ?? Infinity) - INDENT.length;
  const pictureColumns = Math.min(WIDEST_PICTURE, room - (table[0] ?? '').length - GAP.length);
  const pictures = pictureColumns < NARROWEST_PICTURE ? [] : drawAll(style, started, shown, pictureColumns);
  const [titles = '', ...rows] = table.map((row, index) => {
    const picture = pictures[index];
    return picture === undefined
      ? fitColumns(row, Math.max(NARROWEST, room), style.ellipsis)
      : (row + GAP + picture).trimEnd();
  });
  if (left > 0) rows.splice(shown.length / 2, 0, `${style.ellipsis} ${left} more between these`);
  return [style.faint(titles), ...rows];
}

const GAP = '  ';

function selectOutermost(started: readonly Started[]): {
  readonly shown: readonly Started[];
  readonly left: number;
} {
  if (started.length <= MOST_NODES) return { shown: started, left: 0 };
  const half = MOST_NODES / 2;
  return { shown: [...started.slice(0, half), ...started.slice(-half)], left: started.length - MOST_NODES };
}

function cellsOf({ node, afterMs, uncertaintyMs, stampedBy }: Started): readonly string[] {
  const name = node.replaceAll('\n', ' ');
  return [
    // bash before version 5 has no clock of its own.
    stampedBy === 'shell' ? name : `${name} (stamped by the agent)`,
    formatAfter(afterMs),
    formatMilliseconds(uncertaintyMs),
  ];
}

/** The axis, then a line for each start. */
function drawAll(
  style: Style,
  started: readonly Started[],
  shown: readonly Started[],
  columns: number,
): readonly string[] {
  const axis = createAxis(started, columns);
  return [labelAxis(axis), ...shown.map((start) => drawStart(style, start, axis))];
}
