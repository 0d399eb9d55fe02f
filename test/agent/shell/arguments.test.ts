import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTestShell, type TestShell } from './test-shell.ts';

/** Prints each argument as hexadecimal bytes, so that line ends in it survive. */
const SCRIPT = `
show() {
  for argument; do
    printf '%s' "$argument" | od -An -v -tx1 | tr -d ' \\n'
    echo .
  done
}
size() { local LC_ALL=C; for argument; do echo "\${#argument}"; done; printf '%s' "$1" | md5sum; }
`;

async function shown(t: TestShell, args: readonly string[]): Promise<string[]> {
  const before = t.lines().length;
  const outcome = await t.run('show', ...args);
  expect(outcome).toMatchObject({ code: 0, stderrTail: '' });
  return t
    .lines()
    .slice(before)
    .map((line) => Buffer.from(line.replace('.', ''), 'hex').toString('utf8'));
}

test('arguments arrive as they are, whatever they contain', async () => {
  const t = createTestShell(SCRIPT);
  await t.load();
  const all = Array.from({ length: 127 }, (_, index) => String.fromCharCode(index + 1)).join('');
  const args = [
    '',
    ' ',
    '-n',
    '--',
    '*',
    '~',
    '$HOME',
    '$(id)',
    '`id`',
    "'",
    "''",
    '"',
    '\\',
    '\\n',
    'a b',
    'ä€😀',
  ];
  const more = ['\n', '\r\n', '\t', '; exit 1', '&', '| cat', '>x', '{a,b}', '!!', '#', '%s', all, 'x\n'];

  expect(await shown(t, [...args, ...more])).toEqual([...args, ...more]);
});

test('no argument at all is none', async () => {
  const t = createTestShell('count() { return "$#"; }');
  await t.load();
  expect((await t.run('count')).code).toBe(0);
  expect((await t.run('count', '', '')).code).toBe(2);
});

test('arguments of 100 kB and of 1 MB arrive whole', async () => {
  const t = createTestShell(SCRIPT);
  await t.load();
  const large = "é'".repeat(33_334);
  const huge = 'x'.repeat(1_000_000);
  expect(await t.run('size', large, huge)).toMatchObject({ code: 0 });
  expect(t.lines('c1').slice(0, 2)).toEqual([String(Buffer.byteLength(large)), '1000000']);
});

test('any words', async () => {
  const t = createTestShell(SCRIPT);
  await t.load();
  const word = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !text.includes('\0'));
  await fc.assert(
    fc.asyncProperty(fc.array(word, { maxLength: 4 }), async (args) => {
      expect(await shown(t, args)).toEqual(args);
    }),
    { numRuns: 60 },
  );
});

test('a NUL character is refused, since it would split the word', async () => {
  const t = createTestShell('start() { echo ran; }');
  await t.load();
  const outcome = await t.run('start', 'a\0b');
  expect(outcome).toMatchObject({ code: 126, stderrTail: expect.stringContaining('NUL') });
  expect(t.lines()).toEqual([]);
});
