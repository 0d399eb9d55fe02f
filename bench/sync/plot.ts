import { median, percentile } from '../support/statistics.ts';
import type { Cell } from './cell.ts';
import { PROFILES } from './profiles.ts';
import { digits } from './tables.ts';
import { WAYS, type WayName } from './ways.ts';

interface Series {
  readonly title: string;
  /** A class of the style sheet: its colour in light and dark. */
  readonly look: string;
  readonly skewsMs: (cell: Cell) => readonly number[] | undefined;
}

const ofWay = (way: WayName, look: string): Series => ({
  title: WAYS[way].title,
  look,
  skewsMs: ({ skewsMs }) => skewsMs[way],
});

/** The best last, so that it lies on top. */
const SERIES: readonly Series[] = [
  ofWay('sends', 'a'),
  ofWay('group', 'b'),
  ofWay('sync', 'c'),
  ofWay('sync-long', 'd'),
  { title: 'floor', look: 'e', skewsMs: ({ skewsMs }) => skewsMs.floor },
];

const PANEL = { width: 400, height: 250, left: 52, right: 158, top: 34, bottom: 44 };
const COLUMNS = 2;
const LEAST_MS = 0.1;
const DECADE = 10;

/** Skew against jitter, a panel for each number of nodes: medians as lines, up to the 95th percentile as bars. */
export function plotOf(cells: readonly Cell[]): string {
  const plotted = cells.filter(({ profile }) => jitterOf(profile) !== undefined);
  const sizes = [...new Set(plotted.map(({ nodes }) => nodes))];
  const all = plotted.flatMap((cell) => SERIES.flatMap((series) => series.skewsMs(cell) ?? []));
  const mostMs = DECADE ** Math.ceil(Math.log10(Math.max(...all, 1)));
  const columns = Math.min(COLUMNS, sizes.length);
  const [width, height] = [columns * PANEL.width, Math.ceil(sizes.length / columns) * PANEL.height];
  const panels = sizes.map((size, index) => {
    const at = [(index % columns) * PANEL.width, Math.floor(index / columns) * PANEL.height];
    const own = plotted.filter(({ nodes }) => nodes === size);
    return `<g transform="translate(${at.join(' ')})">${panelOf(own, size, mostMs)}</g>\n`;
  });
  const title = 'Skew of starts against jitter, by way of starting';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<title>${title}</title>
${STYLE}
<rect class="ground" width="${width}" height="${height}"/>
${panels.join('')}</svg>
`;
}

function panelOf(cells: readonly Cell[], size: number, mostMs: number): string {
  const jitters = cells.map(({ profile }) => jitterOf(profile) ?? 0);
  const x = scaleX(Math.max(...jitters, 1));
  const y = scaleY(mostMs);
  const bottom = PANEL.height - PANEL.bottom;
  const right = PANEL.width - PANEL.right;
  const lines: string[] = [text(PANEL.left, PANEL.top - 16, `${size} nodes`, 'head')];
  for (let ms = LEAST_MS; ms <= mostMs * 1.001; ms *= DECADE) {
    lines.push(`<path class="grid" d="M${PANEL.left} ${y(ms)}H${right}"/>`);
    lines.push(text(PANEL.left - 6, y(ms) + 4, String(Number(ms.toPrecision(1))), 'end'));
  }
  for (const jitter of jitters) lines.push(text(x(jitter), bottom + 16, String(jitter), 'middle'));
  const middle = (PANEL.left + right) / 2;
  lines.push(text(middle, bottom + 34, 'random delay each way, 0 to … ms', 'middle'));
  lines.push(
    `<g transform="translate(14 ${(PANEL.top + bottom) / 2}) rotate(-90)">${text(0, 0, 'skew, ms', 'middle')}</g>`,
  );
  const labels: { y: number; label: string; look: string }[] = [];
  for (const { title, look, skewsMs } of SERIES) {
    const points = cells.flatMap((cell) => {
      const skews = skewsMs(cell) ?? [];
      if (skews.length === 0) return [];
      return [{ x: x(jitterOf(cell.profile) ?? 0), p50: median(skews), p95: percentile(skews, 0.95) }];
    });
    const last = points.at(-1);
    if (!last) continue;
    const path = points.map((point) => `${point.x} ${y(point.p50)}`).join('L');
    lines.push(`<path class="line ${look}" d="M${path}"/>`);
    for (const point of points) {
      lines.push(`<path class="bar ${look}" d="M${point.x} ${y(point.p50)}V${y(point.p95)}"/>`);
      lines.push(`<circle class="${look}" cx="${point.x}" cy="${y(point.p50)}" r="3"/>`);
    }
    labels.push({ y: y(last.p50), label: `${title} ${digits(last.p50)}`, look });
  }
  for (const { y: at, label, look } of apart(labels)) lines.push(text(right + 10, at + 4, label, look));
  return lines.join('\n');
}

/** Labels of lines that end close together must not lie on each other. */
function apart<T extends { readonly y: number }>(labels: readonly T[]): T[] {
  let lowest = Number.NEGATIVE_INFINITY;
  return labels
    .toSorted((a, b) => a.y - b.y)
    .map((label) => {
      lowest = Math.max(label.y, lowest + LABEL_HEIGHT);
      return { ...label, y: lowest };
    });
}

const LABEL_HEIGHT = 13;

function scaleX(mostMs: number): (ms: number) => number {
  const [from, to] = [PANEL.left + 12, PANEL.width - PANEL.right - 4];
  return (ms) => Math.round(from + (ms / mostMs) * (to - from));
}

/** Logarithmic. */
function scaleY(mostMs: number): (ms: number) => number {
  const [from, to] = [PANEL.height - PANEL.bottom, PANEL.top];
  const part = (ms: number): number =>
    Math.log10(Math.max(ms, LEAST_MS) / LEAST_MS) / Math.log10(mostMs / LEAST_MS);
  return (ms) => Math.round(from + part(ms) * (to - from));
}

function text(x: number, y: number, words: string, look: string): string {
  return `<text class="${look}" x="${x}" y="${y}">${words.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
}

function jitterOf(profile: Cell['profile']): number | undefined {
  return PROFILES[profile].plotJitterMs;
}

const STYLE = `<style>
  text { font: 11px system-ui, sans-serif; fill: #24292f }
  .head { font-weight: 600; font-size: 13px }
  .end { text-anchor: end } .middle { text-anchor: middle }
  .ground { fill: #ffffff } .grid { stroke: #d0d7de }
  .line { fill: none; stroke-width: 2 } .bar { stroke-width: 1; opacity: .6 }
  .a { stroke: #cf222e; fill: #cf222e } .b { stroke: #bc4c00; fill: #bc4c00 }
  .c { stroke: #0969da; fill: #0969da } .d { stroke: #1a7f37; fill: #1a7f37 } .e { stroke: #6e7781; fill: #6e7781 }
  path.line { fill: none } text.a, text.b, text.c, text.d, text.e { stroke: none }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .ground { fill: #0d1117 } .grid { stroke: #30363d }
    .a { stroke: #ff7b72; fill: #ff7b72 } .b { stroke: #f0883e; fill: #f0883e }
    .c { stroke: #58a6ff; fill: #58a6ff } .d { stroke: #3fb950; fill: #3fb950 } .e { stroke: #8b949e; fill: #8b949e }
    text.a { fill: #ff7b72 }
  }
</style>`;
