import type { Style } from './style.ts';
import { formatAfter, type Started } from './sync-line.ts';

/** A time axis that all nodes of a SYNC share, so many columns wide, from the planned instant or wherever they started. */
export interface Axis {
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: number;
}

const SHORTEST_MS = 0.01;

/**
 * The starts fill at least a third of it: whiskers that reach much further than the starts lie apart would leave all dots
 * in one column, so they are cut off at the ends.
 */
export function createAxis(starts: readonly Started[], columns: number): Axis {
  let [first, last, uncertainty] = [Infinity, -Infinity, 0];
  for (const { afterMs, uncertaintyMs } of starts) {
    first = Math.min(first, afterMs);
    last = Math.max(last, afterMs);
    uncertainty = Math.max(uncertainty, uncertaintyMs);
  }
  const skew = last - first;
  const margin = Math.max(SHORTEST_MS, skew > 0 ? Math.min(uncertainty, skew) : uncertainty);
  return { fromMs: first - margin, toMs: last + margin, columns };
}

/** Its ends and, where there is room for it, the planned instant: `-0.4 ms  0       +2.7 ms` */
export function labelAxis(axis: Axis): string {
  const [from, to] = [formatAfter(axis.fromMs), formatAfter(axis.toMs)];
  const planned = columnOf(0, axis);
  const [left, right] = [planned - from.length, axis.columns - planned - 1 - to.length];
  if (left < 1 || right < 1) return from + to.padStart(axis.columns - from.length);
  return `${from}${' '.repeat(left)}0${' '.repeat(right)}${to}`;
}

/** A dot where it started, and a line over where it may have: `   ──●── ` */
export function drawStart(style: Style, { afterMs, uncertaintyMs }: Started, axis: Axis): string {
  const { dot, line, cutLeft, cutRight, instant } = style.picture;
  const from = columnOf(afterMs - uncertaintyMs, axis);
  const to = columnOf(afterMs + uncertaintyMs, axis);
  const [at, planned] = [columnOf(afterMs, axis), columnOf(0, axis)];
  return Array.from({ length: axis.columns }, (_, column) => {
    if (column === at) return dot;
    if (column === 0 && from < 0) return cutLeft;
    if (column === axis.columns - 1 && to > column) return cutRight;
    if (column >= from && column <= to) return line;
    return column === planned ? instant : ' ';
  })
    .join('')
    .trimEnd();
}

/** Outside the axis where the time is. */
function columnOf(ms: number, { fromMs, toMs, columns }: Axis): number {
  return Math.floor(((ms - fromMs) / (toMs - fromMs)) * (columns - 1) + 0.5);
}
