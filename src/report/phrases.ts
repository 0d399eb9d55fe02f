import type { NodeProblem, StepRef, Verdict } from '../events/index.ts';
import type { Style } from './style.ts';
import { fitColumns } from './text-width.ts';

const MOST_REASONS = 10;
const MOST_REASON_LINES = 3;
const LONGEST_REASON = 240;
const LONGEST_TITLE = 120;

/**
 * `node1, node2`, and of many nodes the first: `node1, node2 … and 198 more`. On one line, uncoloured.
 * @param first how many of many; up to two more are named before they are many
 */
export function formatNames(style: Style, names: readonly string[], first = 6): string {
  const list = (some: readonly string[]): string => some.join(', ').replaceAll('\n', ' ');
  if (names.length <= first + 2) return list(names);
  return `${list(names.slice(0, first))} ${style.ellipsis} and ${names.length - first} more`;
}

/** One line for each reason, with all the nodes that have it; many reasons are shortened. */
export function formatProblems(style: Style, problems: readonly NodeProblem[]): readonly string[] {
  const nodesByReason = new Map<string, string[]>();
  for (const { node, reason } of problems) {
    const nodes = nodesByReason.get(reason);
    if (nodes) nodes.push(node);
    else nodesByReason.set(reason, [node]);
  }
  const groups = [...nodesByReason];
  const lines = groups
    .slice(0, MOST_REASONS)
    .map(([reason, nodes]) => withReason(formatNames(style, nodes), onOneLine(style, reason)));
  const rest = groups.slice(MOST_REASONS).reduce((sum, [, nodes]) => sum + nodes.length, 0);
  return rest === 0 ? lines : [...lines, `${style.ellipsis} and ${rest} more with other reasons`];
}

/** A reason is often the tail of standard error: its first line says what, its last line why. */
function onOneLine(style: Style, reason: string): string {
  const lines = reason.trim().split('\n');
  const [first = '', last = ''] = [lines[0], lines.at(-1)];
  const kept = lines.length <= MOST_REASON_LINES ? lines : [first, style.ellipsis, last];
  return fitColumns(kept.join(' | '), LONGEST_REASON, style.ellipsis);
}

/** `what: reason`, or what there is of the two. */
export function withReason(what: string, reason: string): string {
  return [what, reason].filter((part) => part !== '').join(': ');
}

/** A step or a command on one line of bearable length. */
export function formatTitle(style: Style, text: string): string {
  return fitColumns(text, LONGEST_TITLE, style.ellipsis);
}

/** ` 3/12`, padded so that the steps of a run stand below each other. */
export function formatStepNumber(step: StepRef, steps: number): string {
  return `${step.index + 1}/${steps}`.padStart(String(steps).length * 2 + 1);
}

/** `1 step`, `2 steps` */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const BYTE_UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** `512 bytes`, `1.2 MB` */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** How a step or a run ended, in the middle of a sentence. */
export const VERDICT_WORDS: Record<Verdict, string> = {
  passed: 'passed',
  failed: 'failed',
  'timed-out': 'timed out',
  unreachable: 'unreachable',
  'broker-lost': 'broker lost',
  interrupted: 'interrupted',
};
