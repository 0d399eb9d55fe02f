import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatDiagnostics, PLAYBOOK_CODES } from '../../src/diagnostics/index.ts';
import { checkPlaybook, parseTextPlaybook } from '../../src/playbook/index.ts';

const ROOT = new URL('../../', import.meta.url);
const PAGE = readFileSync(new URL('docs/reference/playbook.md', ROOT), 'utf8');
const EXAMPLES = [...PAGE.matchAll(/^```playbook\n(.*?)^```$/gms)].map(([, example = '']) => example);
const SAMPLES = readdirSync(new URL('playbooks/', ROOT)).filter((name) => name.endsWith('.playbook'));

/** Every word that parser and check have to say, as the user reads it. */
function complaints(source: string, file: string): string {
  const { value, diagnostics } = parseTextPlaybook(source, file);
  const checked = value ? checkPlaybook(value, { variables: new Map() }) : [];
  return formatDiagnostics(source, file, [...diagnostics, ...checked]);
}

describe('the reference', () => {
  test('has examples', () => {
    expect(EXAMPLES.length).toBeGreaterThanOrEqual(5);
  });

  test.each(EXAMPLES.map((example) => [example]))('has an example without a fault:\n%s', (example) => {
    expect(complaints(example, 'example')).toBe('');
  });

  test('explains every code, and no other', () => {
    const rows = PAGE.split('\n').filter((line) => /^\| `[A-Z]+_[A-Z_]+`/.test(line));
    const explained = rows.flatMap((row) => row.split(' | ')[0]?.match(/[A-Z]+_[A-Z_]+/g) ?? []);
    expect(explained.toSorted()).toEqual([...PLAYBOOK_CODES].toSorted());
  });
});

describe('the samples', () => {
  test.each(SAMPLES)('%s is without a fault', (name) => {
    expect(complaints(readFileSync(new URL(`playbooks/${name}`, ROOT), 'utf8'), name)).toBe('');
  });

  test('are there', () => {
    expect(SAMPLES).toEqual(expect.arrayContaining(['quickstart.playbook', 'wifi-test.playbook']));
  });
});
