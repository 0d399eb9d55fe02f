import type { RunEvent } from '../events/index.ts';

/** CR before a line end, or at the end of a line, belongs to the line end. */
const CR_OF_LINE_END = /\r(?=\n|$)/g;
/** Controls, invisible and reordering characters, halves of surrogate pairs; a line feed is dealt with by layout. */
const UNSAFE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const NOT_ASCII = /[^\n -~]/gu;

/** The event with every text in it made safe: done once at the entrance, so that no display can forget it. */
export function safeEvent(event: RunEvent, unicode: boolean): RunEvent {
  return mapTexts(event, (text) => safeText(text, unicode)) as RunEvent;
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}

/**
 * Text from anywhere, harmless on a terminal: whatever would move the cursor, change colours, ring, hide or reorder
 * text is replaced by a picture of it (`␛`, `\u{202e}`; in ASCII `^[`).
 */
export function safeText(text: string, unicode: boolean): string {
  const lines = text.replace(CR_OF_LINE_END, '');
  return unicode ? lines.replace(UNSAFE, toPicture) : lines.replace(NOT_ASCII, toAscii);
}

const TAB = '    ';
const FIRST_PRINTABLE = 0x20;
const DELETE = 0x7f;
const PICTURE_OF_NULL = 0x2400;

function toPicture(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\t') return TAB;
  if (code < FIRST_PRINTABLE) return String.fromCharCode(PICTURE_OF_NULL + code);
  return code === DELETE ? '␡' : toCode(code);
}

function toAscii(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === '\t') return TAB;
  if (code < FIRST_PRINTABLE) return `^${String.fromCharCode(code + 0x40)}`;
  return code === DELETE ? '^?' : toCode(code);
}

const toCode = (code: number): string => `\\u{${code.toString(16)}}`;
