import type { RunEvent } from '../events/index.ts';
import type { MarkName, Style } from './style.ts';

/** Something to be said, before it has a time and a place. */
export interface Line {
  readonly mark: MarkName;
  readonly text: string;
  /** Below the text, further in. */
  readonly details?: readonly string[];
}

/** What is said about an event; called with each event, before the fold has seen it. */
export type Describe = (event: RunEvent) => readonly Line[];

/**
 * `[  2.1s] ✓ text`, with its details and any further lines of the text further in: whatever a text contains, it
 * cannot begin a line that looks like ours.
 */
export function formatLine(style: Style, elapsedMs: number, { mark, text, details = [] }: Line): string {
  const time = formatElapsed(elapsedMs);
  const indent = ' '.repeat(time.length + style.marks.none.length + 2);
  const [first, ...more] = text.split('\n');
  const below = [...more, ...details.flatMap((detail) => detail.split('\n')).map((detail) => `  ${detail}`)];
  const head = `${style.faint(time)} ${paintMark(style, mark)} ${first}`;
  return [head, ...below.map((line) => indent + line)].map((line) => `${line.trimEnd()}\n`).join('');
}

/** `[  2.1s]`, and from 1000 s on `[0:16:40]`. */
export function formatElapsed(elapsedMs: number): string {
  if (elapsedMs < 999_950) return `[${(elapsedMs / 1000).toFixed(1).padStart(5)}s]`;
  const seconds = Math.floor(elapsedMs / 1000);
  const two = (value: number) => String(value % 60).padStart(2, '0');
  return `[${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60))}:${two(seconds)}]`;
}

function paintMark(style: Style, mark: MarkName): string {
  const text = style.marks[mark];
  switch (mark) {
    case 'passed':
    case 'update':
      return style.good(text);
    case 'failed':
      return style.bad(text);
    case 'warning':
      return style.warn(text);
    default:
      return style.faint(text);
  }
}
