import { formatDuration } from '../base/index.ts';
import type { NodeView, RunView } from '../events/index.ts';
import type { ReporterOptions } from './reporter.ts';
import { safeText } from './safe-text.ts';
import type { Style } from './style.ts';
import { formatSyncs } from './sync-recap.ts';
import { type Column, formatTable } from './table.ts';
import { fitColumns } from './text-width.ts';

/** Of more nodes than this, those that failed come first and the last ones are only counted. */
const MOST_NODES = 100;
const NARROWEST = 20;

const COLUMNS: readonly Column[] = [
  { title: 'node', align: 'left' },
  { title: 'commands', align: 'right' },
  { title: 'failures', align: 'right' },
  { title: 'time', align: 'right' },
  { title: 'last update', align: 'left' },
];

/** The last words of a run: the Recap, the verdict, and where to look for more. */
export function formatEnding(
  style: Style,
  view: RunView,
  { width, record }: Pick<ReporterOptions, 'width' | 'record'>,
  verdict: readonly string[],
): string {
  const where = record === undefined ? [] : [style.faint(`recorded in ${safeText(record, style.unicode)}`)];
  return [...formatRecap(style, view, width), ...verdict, ...where].map((line) => `${line}\n`).join('');
}

/** What each node was given to do and what came of it, and how close together a SYNC started them. The update, and with it the line, is cut at `width`. */
function formatRecap(style: Style, view: RunView, width: number | undefined): readonly string[] {
  const nodes = selectNodes(view);
  const rest = view.nodes.size - nodes.length;
  const [titles = '', ...rows] = formatTable(COLUMNS, nodes.map(cellsOf)).map((row) =>
    width === undefined ? row : fitColumns(row, Math.max(NARROWEST, width - INDENT.length), style.ellipsis),
  );
  return [
    '',
    style.strong('Recap'),
    ...(nodes.length === 0 ? [`${INDENT}no node took part`] : [INDENT + style.faint(titles)]),
    ...rows.map((row, index) => INDENT + (nodes[index]?.failures ? style.bad(row) : row)),
    ...(rest > 0 ? [`${INDENT}${style.ellipsis} and ${rest} more nodes`] : []),
    '',
    ...formatSyncs(style, view, width),
  ];
}

const INDENT = '  ';
const naturalOrder = new Intl.Collator('en', { numeric: true });

function selectNodes(view: RunView): readonly NodeView[] {
  const byName = [...view.nodes.values()].sort((a, b) => naturalOrder.compare(a.node, b.node));
  if (byName.length <= MOST_NODES) return byName;
  return byName.sort((a, b) => b.failures - a.failures).slice(0, MOST_NODES);
}

function cellsOf(node: NodeView): readonly string[] {
  return [
    nameOf(node),
    String(node.commands),
    String(node.failures),
    node.busyMs === 0 ? '-' : formatDuration(node.busyMs),
    node.lastUpdate ?? '',
  ].map((cell) => cell.replaceAll('\n', ' '));
}

/** With what makes the node another one than most. */
function nameOf({ node, state, readsTextOnly }: NodeView): string {
  const marks = [
    ...(readsTextOnly ? ['text only'] : []),
    ...(state === 'alive' || state === 'unknown' ? [] : [state]),
  ];
  return marks.length === 0 ? node : `${node} (${marks.join(', ')})`;
}
