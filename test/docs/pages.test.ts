import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { formatDiagnostics } from '../../src/diagnostics/index.ts';
import { checkPlaybook, parseTextPlaybook } from '../../src/playbook/index.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

test('the pages are there', () => {
  expect(pages).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/README.md']),
  );
});

describe.each(pages)('%s', (page) => {
  test('its links lead somewhere', () => {
    const links = [...withoutCode(textOf(page)).matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
    expect(links.filter((target) => !isExternal(target) && !leadsSomewhere(page, target))).toEqual([]);
  });

  test('its playbooks have no fault', () => {
    for (const source of blocksOf(page, 'playbook')) expect(complaints(source)).toBe('');
  });

  test('its node scripts are bash', () => {
    for (const source of blocksOf(page, 'bash'))
      execFileSync('bash', ['-n'], { input: source, stdio: 'pipe' });
  });
});

test('the index names every page of the documentation', () => {
  const index = textOf('docs/README.md');
  const missing = pages
    .filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
    .filter((page) => !index.includes(`](${page.slice('docs/'.length)})`));
  expect(missing).toEqual([]);
});

test('README.md fits on 150 lines and has every step', () => {
  const readme = textOf('README.md');
  expect(readme.split('\n').length).toBeLessThanOrEqual(151);
  expect(stepsOf(readme)).toEqual(stepsOf(textOf('docs/reference/playbook.md')));
});

test('CONTRIBUTING.md names only files that exist', () => {
  const named = [...textOf('CONTRIBUTING.md').matchAll(/`((?:src|test|docs)\/[^`<]*)`/g)];
  expect(named.map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

function blocksOf(page: string, language: string): string[] {
  const blocks = [...textOf(page).matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  return blocks.filter(([, name]) => name === language).map(([, , source = '']) => source);
}

function complaints(source: string): string {
  const { value, diagnostics } = parseTextPlaybook(source, 'example');
  const checked = value ? checkPlaybook(value, { variables: new Map() }) : [];
  return formatDiagnostics(source, 'example', [...diagnostics, ...checked]);
}

function isExternal(target: string): boolean {
  return /^https?:/.test(target);
}

function leadsSomewhere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || anchorsOf(textOf(file)).includes(anchor);
}

/** As GitHub makes them: lower case, without punctuation, blanks as hyphens. */
function anchorsOf(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^```.*?^```$/gms, '');
}

/** The steps in the first column of a table, by keyword. */
function stepsOf(text: string): (string | undefined)[] {
  return [...text.matchAll(/^\| (`SYNC`.*?|`[A-Z]+ <[^`]*`) \|/gm)].map(([, step]) => step).filter(isStep);
}

/** Verbs have tables of their own; a step begins with nodes, a port, a name or a duration. */
function isStep(step: string | undefined): boolean {
  return !step?.startsWith('`SENDFILE');
}
