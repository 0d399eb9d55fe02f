import { formatDuration } from '../../base/index.ts';
import { createWarning, quote } from '../../diagnostics/index.ts';
import type { CreateRule } from './rule.ts';

/** Of starts at one instant a second is an age; it is what a number without a unit means. */
const LONG_MS = 1000;

/** `MAXSKEW 5`, where milliseconds were meant. */
export const createMaxSkewUnitRule: CreateRule = () => (step, resolved) => {
  if (step.kind !== 'sync' || resolved.kind !== 'sync' || step.maxSkew === undefined) return [];
  const { text, position } = step.maxSkew;
  if ((resolved.maxSkewMs ?? 0) < LONG_MS || /[a-z]$/.test(text)) return [];
  const message = `a MAXSKEW of ${quote(text)} is ${formatDuration(resolved.maxSkewMs ?? 0)}: write the unit`;
  return [createWarning('MAXSKEW_UNIT', position, message, /^\d+$/.test(text) ? `${text}ms` : undefined)];
};
