import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatDiagnostics, INVENTORY_CODES } from '../../src/diagnostics/index.ts';
import { KNOWN_VARIABLES, parseInventory } from '../../src/inventory/index.ts';

const ROOT = new URL('../../', import.meta.url);
const page = readFileSync(new URL('docs/reference/inventory.md', ROOT), 'utf8');
const examples = [...page.matchAll(/^```inventory\n(.*?)^```$/gms)].map(([, example = '']) => example);

describe('the page of the inventory', () => {
  test('explains every code, and no other', () => {
    const explained = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
    expect(explained.toSorted()).toEqual([...INVENTORY_CODES].toSorted());
  });

  test('explains every variable that we act upon, and no other', () => {
    const explained = [...page.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, name]) => name);
    expect(explained).toEqual(KNOWN_VARIABLES);
  });

  test('has examples without a fault', () => {
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const { diagnostics } = parseInventory(example, 'example');
      expect(formatDiagnostics(example, 'example', diagnostics)).toBe('');
    }
  });
});
