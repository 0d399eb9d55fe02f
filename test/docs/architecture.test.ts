import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/architecture.md', ROOT), 'utf8');
const rules = readFileSync(new URL('.dependency-cruiser.mjs', ROOT), 'utf8');

/** `folder: level` for each, in the order of the file. */
const levels = [...between(rules, 'const LEVELS = {\n', '};').matchAll(/^ {2}(\w+): (\d+),$/gm)].map(
  ([, folder = '', level]) => ({ folder, level: Number(level) }),
);

describe('the page of the architecture', () => {
  test('has a row for each folder, with its level', () => {
    const rows = [...page.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, level, folder = '']) => ({
      folder,
      level: Number(level),
    }));
    expect(levels.length).toBeGreaterThan(10);
    expect(rows).toEqual(levels);
  });

  test('has each folder in the picture, on its level', () => {
    const drawn = [...page.matchAll(/^ {2}subgraph level(\d+)\[[^\]]*\]\n(.*?)^ {2}end$/gms)].flatMap(
      ([, level, folders = '']) =>
        folders
          .trim()
          .split(/\s+/)
          .map((folder) => ({ folder, level: Number(level) })),
    );
    expect(drawn.toSorted(byName)).toEqual(levels.toSorted(byName));
  });

  test('names only files and folders that exist', () => {
    const named = [...page.matchAll(/`((?:src|test)\/[^`]*)`/g)].map(([, path = '']) => path);
    expect(named.filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
    expect(named.length).toBeGreaterThan(10);
  });
});

function between(text: string, start: string, end: string): string {
  const [, behind = ''] = text.split(start);
  return behind.split(end)[0] ?? '';
}

function byName(a: { readonly folder: string }, b: { readonly folder: string }): number {
  return a.folder < b.folder ? -1 : 1;
}
