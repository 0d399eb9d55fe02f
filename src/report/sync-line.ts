import { formatMilliseconds } from '../base/index.ts';
import type { SyncStart, SyncView } from '../events/index.ts';
import type { Line } from './line.ts';
import { formatCount, formatProblems } from './phrases.ts';
import type { Style } from './style.ts';

export type Started = Extract<SyncStart, { started: true }>;

/** How close together the nodes of a SYNC started and, if that is not as it should be, who was first and last, or why not. */
export function describeSync(style: Style, sync: SyncView): readonly Line[] {
  const text = `SYNC ${formatSync(style, sync)}`;
  if (sync.verdict === 'passed') return [{ mark: 'passed', text }];
  return [
    { mark: 'failed', text, details: [...nameOutermost(style, sync), ...formatNotStarted(style, sync)] },
  ];
}

/** `20 nodes started within 2.7 ms (budget 5 ms, clocks ±1.4 ms)` */
export function formatSync(style: Style, sync: SyncView): string {
  const { starts, skewMs, clocksMs, budgetMs, attempts } = sync;
  const all = formatCount(starts.length, 'node');
  const started = startedOf(sync).length;
  const who = started === starts.length ? `${all} started` : `${started} of ${all} started`;
  const hasSkew = skewMs !== undefined && started > 1;
  const within = hasSkew ? `${started < starts.length ? ',' : ''} within ${formatMilliseconds(skewMs)}` : '';
  const attempt = attempts > 1 ? ' at the second attempt' : '';
  const above = isAboveBudget(sync) ? `, ${describeExcess(sync)}` : '';
  const facts = [
    ...(above === '' && budgetMs !== undefined ? [`budget ${formatMilliseconds(budgetMs)}`] : []),
    ...(hasSkew && clocksMs !== undefined
      ? [`clocks ${style.plusMinus}${formatMilliseconds(clocksMs)}`]
      : []),
  ];
  return `${who}${within}${attempt}${above}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
}

/** The first one first. */
export function startedOf({ starts }: SyncView): readonly Started[] {
  return starts.filter((start) => start.started).sort((a, b) => a.afterMs - b.afterMs);
}

export function formatNotStarted(style: Style, { starts }: SyncView): readonly string[] {
  return formatProblems(
    style,
    starts.filter((start) => !start.started),
  ).map((problem) => `not started: ${problem}`);
}

/** `+2.7 ms`: after the planned instant. */
export function formatAfter(afterMs: number): string {
  const text = formatMilliseconds(Math.abs(afterMs));
  return text === '0 ms' ? text : `${afterMs < 0 ? '-' : '+'}${text}`;
}

function isAboveBudget({ skewMs, budgetMs }: SyncView): boolean {
  return skewMs !== undefined && budgetMs !== undefined && skewMs > budgetMs;
}

/** Rounded, the two may look the same. */
function describeExcess({ skewMs = 0, budgetMs = 0 }: SyncView): string {
  const budget = formatMilliseconds(budgetMs);
  return `${formatMilliseconds(skewMs) === budget ? 'just ' : ''}above the budget of ${budget}`;
}

function nameOutermost(style: Style, sync: SyncView): readonly string[] {
  const started = startedOf(sync);
  const [first, last] = [started[0], started.at(-1)];
  if (!isAboveBudget(sync) || !first || !last) return [];
  const name = ({ node, afterMs, uncertaintyMs }: Started): string =>
    `${node} (${formatAfter(afterMs)} ${style.plusMinus}${formatMilliseconds(uncertaintyMs)})`;
  return [`first ${name(first)}, last ${name(last)}, counted from the planned instant`];
}
