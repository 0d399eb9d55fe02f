import { median, percentile } from '../support/statistics.ts';
import type { Cell } from './cell.ts';
import { goalOf } from './goals.ts';
import { PROFILES } from './profiles.ts';
import { WAY_NAMES, WAYS, type WayName } from './ways.ts';

type Row = readonly string[];

/** All that was measured, as a page. */
export function markdownOf(cells: readonly Cell[]): string {
  const problems = cells.flatMap((cell) =>
    cell.problems.map((problem) => `- ${cell.nodes} nodes, ${titleOf(cell)}: ${problem}\n`),
  );
  return [
    section('Skew, ms, p50 / p95', skewTable(cells)),
    section('SYNC above the floor', goalTable(cells)),
    section('The report against the functions’ own stamps', reportTable(cells)),
    section('Clocks', clockTable(cells)),
    ...(problems.length > 0 ? [`## Starts that went wrong\n\n${problems.join('')}`] : []),
  ].join('\n');
}

function skewTable(cells: readonly Cell[]): readonly Row[] {
  const ways = WAY_NAMES.filter((way) => cells.some(({ skewsMs }) => skewsMs[way]));
  const columns = ['nodes', 'delay', 'starts', 'floor', ...ways.map((way) => WAYS[way].title)];
  const rows = cells.map((cell) => [
    String(cell.nodes),
    titleOf(cell),
    String(cell.skewsMs.floor?.length ?? 0),
    spread(cell.skewsMs.floor),
    ...ways.map((way) => spread(cell.skewsMs[way])),
  ]);
  return [columns, ...rows];
}

function goalTable(cells: readonly Cell[]): readonly Row[] {
  const columns = [
    'nodes',
    'delay',
    'way',
    'p50 above the floor, ms',
    'goal',
    '',
    'p95 above the floor’s p50, ms',
    'goal',
    '',
    'clocks took, s, p50',
    'goal',
    '',
  ];
  const rows = cells.flatMap((cell) =>
    (['sync', 'sync-long'] as const).flatMap((way) => {
      const row = goalRow(cell, way);
      return row ? [row] : [];
    }),
  );
  return [columns, ...rows];
}

function goalRow(cell: Cell, way: WayName): Row | undefined {
  const skews = cell.skewsMs[way] ?? [];
  const tookMs = cell.calibrationMs[way] ?? [];
  const floors = cell.skewsMs.floor ?? [];
  if (skews.length === 0 || floors.length === 0) return undefined;
  const floorMs = median(floors);
  const goal = goalOf(way, cell.profile, cell.nodes);
  const judged = (value: number, limit: number | undefined, digitsOf: (value: number) => string): Row => [
    digitsOf(value),
    limit === undefined ? '–' : digitsOf(limit),
    limit === undefined ? '' : value <= limit ? 'met' : 'missed',
  ];
  const seconds = (ms: number): string => digits(ms / 1000);
  const clocksTook = tookMs.length === 0 ? NOTHING : judged(median(tookMs), goal?.calibrationMs, seconds);
  return [
    String(cell.nodes),
    titleOf(cell),
    WAYS[way].title,
    ...judged(median(skews) - floorMs, goal?.medianMs, digits),
    ...judged(percentile(skews, 0.95) - floorMs, goal?.p95Ms, digits),
    ...clocksTook,
  ];
}

const NOTHING: Row = ['–', '–', ''];

function reportTable(cells: readonly Cell[]): readonly Row[] {
  const columns = [
    'nodes',
    'delay',
    'starts',
    'reported − true skew, ms, p50 / max',
    'clocks ±, ms, p50 / max',
    'pairs',
    'outside',
  ];
  const rows = cells
    .filter(({ reports }) => reports.length > 0)
    .map((cell) => {
      const { reports } = cell;
      const sum = (key: 'pairs' | 'pairsOutside'): string =>
        String(reports.reduce((total, report) => total + report[key], 0));
      return [
        String(cell.nodes),
        titleOf(cell),
        String(reports.length),
        medianAndMost(reports.map((report) => Math.abs(report.reportedSkewMs - report.skewMs))),
        medianAndMost(reports.map(({ clocksMs }) => clocksMs)),
        sum('pairs'),
        sum('pairsOutside'),
      ];
    });
  return [columns, ...rows];
}

function clockTable(cells: readonly Cell[]): readonly Row[] {
  const columns = [
    'nodes',
    'delay',
    'clocks',
    'true error, ms, p50 / p95 / max',
    'stated ±, ms, p50 / max',
    'error beyond ±',
    'unknown',
  ];
  const rows = cells
    .filter(({ clocks }) => clocks.some(({ errorsMs }) => errorsMs.length > 0))
    .map((cell) => {
      const errors = cell.clocks.flatMap(({ errorsMs }) => errorsMs);
      const uncertainties = cell.clocks.flatMap(({ uncertaintiesMs }) => uncertaintiesMs);
      return [
        String(cell.nodes),
        titleOf(cell),
        String(errors.length),
        `${spread(errors)} / ${digits(Math.max(...errors))}`,
        medianAndMost(uncertainties),
        String(cell.clocks.reduce((total, { violations }) => total + violations, 0)),
        String(cell.clocks.reduce((total, { unknown }) => total + unknown, 0)),
      ];
    });
  return [columns, ...rows];
}

function section(title: string, [columns = [], ...rows]: readonly Row[]): string {
  if (rows.length === 0) return '';
  const line = (row: Row): string => `| ${row.join(' | ')} |\n`;
  return `## ${title}\n\n${line(columns)}${line(columns.map(() => '---'))}${rows.map(line).join('')}`;
}

function titleOf({ profile }: Cell): string {
  return PROFILES[profile].title;
}

function spread(values: readonly number[] = []): string {
  if (values.length === 0) return '–';
  return `${digits(median(values))} / ${digits(percentile(values, 0.95))}`;
}

function medianAndMost(values: readonly number[]): string {
  return `${digits(median(values))} / ${digits(Math.max(...values))}`;
}

/** Two that matter, of milliseconds: nobody needs more of so few starts. */
export function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 1 ? 2 : size < 20 ? 1 : 0);
}
