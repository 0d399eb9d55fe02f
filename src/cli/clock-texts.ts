import { formatDuration, formatMilliseconds } from '../base/index.ts';
import { type Column, formatTable } from '../report/index.ts';
import type { MeasuredClock, WaitProgress } from '../run/index.ts';
import { type ClockEstimate, certainClocksMs, likelyClocksMs } from '../sync/index.ts';

const columns = (unicode: boolean): readonly Column[] => [
  { title: 'node', align: 'left' },
  { title: 'offset', align: 'right' },
  { title: unicode ? '±' : '+/-', align: 'right' },
  { title: 'round trip min', align: 'right' },
  { title: 'p50', align: 'right' },
  { title: 'jitter', align: 'right' },
  { title: 'pings', align: 'right' },
];
/** What cannot be known. */
const ASYMMETRY =
  'if a way is slower in one direction, always by the same, the offset is wrong by half of that, within the uncertainty, and nothing can show it';

/** No lines when there is nothing to show. */
export function tableOfClocks(clocks: readonly MeasuredClock[], unicode: boolean): readonly string[] {
  const rows = known(clocks).map(({ node, clock }) => cellsOf(node, clock));
  return rows.length === 0 ? [] : formatTable(columns(unicode), rows);
}

function cellsOf(node: string, { offsetMs, uncertaintyMs, roundTripMs, jitterMs, samples }: ClockEstimate) {
  const times = [uncertaintyMs, roundTripMs.min, roundTripMs.p50, jitterMs].map(formatMilliseconds);
  return [node, `${offsetMs.toFixed(2)} ms`, ...times, String(samples)];
}

/** What there is to say beside the table, a sentence each. */
export function notesOnClocks(clocks: readonly MeasuredClock[], where: string): readonly string[] {
  if (clocks.length === 0) return [`no node ${where}`];
  const estimates = known(clocks).map(({ clock }) => clock);
  const notes = estimates.length === 0 ? [] : [...notesOnStarts(estimates), ASYMMETRY];
  const unknown = clocks.flatMap(({ node, clock }) =>
    'unknown' in clock ? [{ node, why: clock.unknown }] : [],
  );
  for (const reason of new Set(unknown.map(({ why }) => why))) {
    const nodes = unknown.filter(({ why }) => why === reason).map(({ node }) => node);
    notes.push(`not known: ${nodes.join(', ')}: ${reason}`);
  }
  return notes;
}

function notesOnStarts(estimates: readonly ClockEstimate[]): readonly string[] {
  if (estimates.length < 2) return [];
  const likely = formatMilliseconds(likelyClocksMs(estimates));
  const certain = formatMilliseconds(certainClocksMs(estimates.map(({ uncertaintyMs }) => uncertaintyMs)));
  return [
    `if they started together, their clocks would set them apart by about ${likely}, by ${certain} at most`,
  ];
}

/** For programs. */
export function clocksToJson(clocks: readonly MeasuredClock[]): readonly object[] {
  return clocks.map(({ node, state, session, clock }) => {
    const head = { node, state, session: session ?? null };
    if ('unknown' in clock) return { ...head, ...NOTHING_KNOWN, reason: clock.unknown };
    const { offsetMs, uncertaintyMs, roundTripMs, jitterMs, samples } = clock;
    return { ...head, offsetMs, uncertaintyMs, roundTripMs, jitterMs, samples, reason: null };
  });
}

const NOTHING_KNOWN = { offsetMs: null, uncertaintyMs: null, roundTripMs: null, jitterMs: null, samples: 0 };

/** What is going on just now. */
export function progressOfClocks({ satisfied, missing, waitedMs, timeoutMs }: WaitProgress): string {
  const [first] = missing;
  const who = first ? `; ${first.node}: ${first.reason}` : '';
  const done = `${satisfied.length} of ${satisfied.length + missing.length} clocks are known`;
  return `${done} (${formatDuration(waitedMs)} of at most ${formatDuration(timeoutMs)})${who}`;
}

function known(clocks: readonly MeasuredClock[]) {
  return clocks.flatMap(({ node, clock }) => ('unknown' in clock ? [] : [{ node, clock }]));
}
