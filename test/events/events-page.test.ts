import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type RunEvent, VERDICTS } from '../../src/events/index.ts';
import { createReporter } from '../../src/report/index.ts';
import { EXAMPLES } from './event-examples.ts';

const page = readFileSync(new URL('../../docs/reference/events.md', import.meta.url), 'utf8');

const sections = page
  .split(/^### /m)
  .slice(1)
  .map((text) => ({
    type: /^`([a-z-]+)`\n/.exec(text)?.[1],
    fields: [...text.matchAll(/^\| `([a-zA-Z]+)` \|/gm)].map(([, field]) => field),
    example: /^```json\n(.*\n)```$/m.exec(text)?.[1],
  }));

test('the page has a section for each type of event, and no other', () => {
  expect(sections.map(({ type }) => type)).toEqual(Object.keys(EXAMPLES));
});

test.each(Object.values(EXAMPLES))('$type: its fields and the line that ndjson writes', (body) => {
  const section = sections.find(({ type }) => type === body.type);
  expect(section?.fields).toEqual(Object.keys(body).filter((field) => field !== 'type'));
  expect(section?.example).toBe(
    ndjsonOf({ runId: '6f1c2b9e', seq: 17, at: '2026-11-22T10:00:05.502Z', elapsedMs: 5502, ...body }),
  );
});

test('the page explains every verdict', () => {
  const explained = [...page.matchAll(/^\| `([a-z-]+)` \| \d+ \|/gm)].map(([, verdict]) => verdict);
  expect(explained).toEqual(VERDICTS);
});

function ndjsonOf(event: RunEvent): string {
  let line = '';
  const write = (text: string): void => {
    line += text;
  };
  createReporter('ndjson', { write, colour: false, unicode: true, tty: false }).onEvent(event);
  return line;
}
