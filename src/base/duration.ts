const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const BARE_NUMBER = /^\d+(\.\d+)?$/;
const PARTS = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/;

/** A year: longer waits are typing errors, and sums of them stay exact. */
const LONGEST_MS = 365 * 24 * UNIT_MS.h;

/**
 * Milliseconds of a duration as people write it: `7` and `2.5` (seconds), `500ms`, `1m30s`, `2h`.
 * Units in falling order, each at most once, no blanks, no sign; at most a year.
 * @returns undefined when the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  const ms = BARE_NUMBER.test(text) ? Number(text) * UNIT_MS.s : sumOfParts(text);
  return ms !== undefined && ms <= LONGEST_MS ? ms : undefined;
}

function sumOfParts(text: string): number | undefined {
  const parts = text === '' ? null : PARTS.exec(text);
  if (!parts) return undefined;
  const [, h = '0', m = '0', s = '0', ms = '0'] = parts;
  return Number(h) * UNIT_MS.h + Number(m) * UNIT_MS.m + Number(s) * UNIT_MS.s + Number(ms);
}

/** A duration as it is shown: `350ms`, `2.5s`, `1m30s`, `2h05m`; rounded to what matters at that size. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${trimZero((ms / 1000).toFixed(1))}s`;
  if (ms < 3_599_500) return twoUnits(Math.round(ms / 1000), 'm', 's');
  return twoUnits(Math.round(ms / 60_000), 'h', 'm');
}

/** A difference between clocks or starts as it is shown: `0.04 ms`, `2.7 ms`, `31 ms`, and from 10 s on like a duration. */
export function formatMilliseconds(ms: number): string {
  if (ms >= 9999.5) return formatDuration(ms);
  const decimals = ms < 0.00995 ? 3 : ms < 0.995 ? 2 : ms < 9.95 ? 1 : 0;
  return `${Number(ms.toFixed(decimals))} ms`;
}

/** `count` small units, 60 of which are a big one. */
function twoUnits(count: number, big: string, small: string): string {
  const rest = count % 60;
  return `${Math.floor(count / 60)}${big}${rest > 0 ? `${String(rest).padStart(2, '0')}${small}` : ''}`;
}

const trimZero = (text: string): string => text.replace(/\.0$/, '');
