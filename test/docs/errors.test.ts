import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../src/base/index.ts';
import { EXIT_CODE_OF } from '../../src/cli/index.ts';

const page = readFileSync(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8');

const sections = page
  .split(/^### /m)
  .slice(1)
  .map((text) => ({
    code: /^`([A-Z_]+)`\n/.exec(text)?.[1],
    meaning: /^\n(.+)\. Exit code (\d+)\.$/m.exec(text)?.slice(1, 3),
  }));

const exitCodes = [...page.matchAll(/^\| `(\d+)` \|/gm)].map(([, code]) => Number(code));

describe('the page of errors', () => {
  test('has a section for each code, and no other', () => {
    expect(sections.map(({ code }) => code)).toEqual(Object.keys(ERROR_CODES));
  });

  test.each(Object.entries(ERROR_CODES))('%s: what it means and how the process ends', (name, meaning) => {
    const section = sections.find(({ code }) => code === name);
    expect(section?.meaning).toEqual([capitalised(meaning), String(exitCodeOf(name))]);
  });

  test('explains every exit code that an error can have', () => {
    expect(exitCodes).toEqual([0, 1, 2, 3, 4, 5, 6, 70, 130]);
    expect(exitCodes).toEqual(expect.arrayContaining(Object.values(EXIT_CODE_OF)));
  });
});

function exitCodeOf(name: string): number | undefined {
  return Object.entries(EXIT_CODE_OF).find(([code]) => code === name)?.[1];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
