import type { RunEvent } from './run-event.ts';

/** What JSON leaves as it is although a terminal acts on it: DEL, the 8-bit controls, what reorders text. */
const RAW_CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** An event on one line of JSON, without a line end; the fields that every reader filters by come first. */
export function formatEvent({ type, runId, seq, at, elapsedMs, ...body }: RunEvent): string {
  const line = JSON.stringify({ type, runId, seq, at, elapsedMs, ...body });
  return line.replace(RAW_CONTROLS, escapeUnits);
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, unit) => {
    return `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`;
  }).join('');
}

/**
 * The event of such a line; undefined when it is none. What a later version has added is passed on as it is, and of a
 * type that is known the fields are taken for what we write.
 */
export function parseEvent(line: string): RunEvent | undefined {
  const value = parseJson(line);
  if (typeof value !== 'object' || value === null) return undefined;
  const { type, runId, seq, at, elapsedMs }: Record<string, unknown> = { ...value };
  const isEvent =
    typeof type === 'string' &&
    typeof runId === 'string' &&
    typeof seq === 'number' &&
    typeof at === 'string' &&
    typeof elapsedMs === 'number';
  return isEvent ? (value as RunEvent) : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
