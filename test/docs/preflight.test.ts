import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { NODE_CHECKS } from '../../src/preflight/checks/registry.ts';
import { QUICK_PROBES } from '../../src/probe/index.ts';

const page = readFileSync(new URL('../../docs/reference/preflight.md', import.meta.url), 'utf8');

/** The names in the first column of the table of what is looked at. */
function listedChecks(): string[] {
  const [, behind = ''] = page.split('\n## What is looked at\n');
  const [section = ''] = behind.split(/^## /m);
  const rows = [...section.matchAll(/^\| (`[^|]+`) \|/gm)].map(([, names = '']) => names);
  return rows.flatMap((names) => [...names.matchAll(/`([a-z0-9-]+)`/g)].map(([, name = '']) => name));
}

test('the page of the preflight has each check, in their order', () => {
  const ofBroker = ['reachable', ...QUICK_PROBES.map(({ name }) => name)];
  const ofNodes = NODE_CHECKS.map(({ name }) => name);
  expect(listedChecks()).toEqual(['check', ...ofBroker, 'port', ...ofNodes]);
});
