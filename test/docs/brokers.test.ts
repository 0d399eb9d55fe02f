import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PROBES } from '../../src/probe/index.ts';

const page = readFileSync(new URL('../../docs/reference/brokers.md', import.meta.url), 'utf8');

test('the page of the brokers has a row for each thing that is checked, with its importance', () => {
  const [, behind = ''] = page.split('| `orchestrate broker` |');
  const [table = ''] = behind.split('| time of the check |');
  const rows = [...table.matchAll(/^\| ([^|]+?) \| ([a-z]*) ?\|/gm)].map(([, title, importance]) => ({
    title,
    importance: importance || 'information',
  }));
  expect(rows).toEqual(PROBES.map(({ title, importance }) => ({ title, importance })));
});
