import { formatDuration } from '../base/index.ts';
import type { CommandEnd, RunEvent } from '../events/index.ts';
import type { Line } from './line.ts';
import { formatTitle } from './phrases.ts';
import type { Style } from './style.ts';

type CommandFinished = Extract<RunEvent, { type: 'command-finished' }>;

const LONGEST_TAIL = 10;

const ENDS: Record<CommandEnd, string> = {
  ok: 'is done',
  failed: 'failed',
  cancelled: 'was cancelled',
  expired: 'came too late and was not run',
  lost: 'was lost with its agent',
  refused: 'was refused',
  'not-delivered': 'was not delivered',
};

/** A command that did not end well, and why, or one that gave warnings. */
export function describeCommandTrouble(style: Style, event: CommandFinished): readonly Line[] {
  const { end, code, reason = '', warnings } = event;
  if (end === 'ok' && warnings.length === 0) return [];
  const what = `${style.node(event.node)}: ${formatTitle(style, event.text)} ${ENDS[end]}`;
  const exitCode = code === undefined || end === 'ok' ? '' : ` with exit code ${code}`;
  return [
    {
      mark: end === 'ok' ? 'warning' : end === 'cancelled' ? 'note' : 'failed',
      text: `${what}${exitCode} (${formatDuration(event.tookMs)})`,
      details: [...tailOf(style, reason), ...warnings.map((warning) => `warning: ${warning}`)],
    },
  ];
}

function tailOf(style: Style, reason: string): readonly string[] {
  const lines = reason.trimEnd() === '' ? [] : reason.trimEnd().split('\n');
  if (lines.length <= LONGEST_TAIL) return lines;
  return [`${style.ellipsis} ${lines.length - LONGEST_TAIL} lines before`, ...lines.slice(-LONGEST_TAIL)];
}
