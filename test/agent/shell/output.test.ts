import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createTestShell } from './test-shell.ts';

test('stdout and stderr are told apart, and lines come without their ends', async () => {
  const t = createTestShell(`
    start() { printf 'one\\ntwo\\r\\n\\nlast'; printf 'error' >&2; return 1; }
  `);
  await t.load();
  const outcome = await t.run('start');
  expect(t.lines('c1', 'stdout')).toEqual(['one', 'two', '', 'last']);
  expect(t.lines('c1', 'stderr')).toEqual(['error']);
  expect(outcome).toMatchObject({ code: 1, interrupted: false, stderrTail: 'error', warnings: [] });
});

test('all output of a function is there before its end is', async () => {
  const t = createTestShell("start() { printf '%060000d\\n' 1; echo last; }");
  await t.load();
  for (let round = 1; round <= 20; round += 1) {
    await t.run('start');
    expect(t.lines(`c${round}`).at(-1)).toBe('last');
  }
});

test('output of a background process belongs to the command that started it, for as long as it lives', async () => {
  const t = createTestShell(`
    start() { { echo begin; while ! [[ -e go ]]; do sleep 0.01; done; echo end; echo bad >&2; } & }
    go() { : >go; echo going; }
  `);
  await t.load();
  await t.run('start');
  await t.run('go');
  await t.until(() => t.lines('c1').length === 3);
  expect(t.lines('c1', 'stdout')).toEqual(['begin', 'end']);
  expect(t.lines('c1', 'stderr')).toEqual(['bad']);
  expect(t.lines('c2')).toEqual(['going']);
});

test('an overlong line comes in pieces, and no character is cut through', async () => {
  const t = createTestShell("start() { printf 'x%.0s' {1..8191}; printf 'é%.0s' {1..9000}; }");
  await t.load();
  await t.run('start');
  expect(t.lines('c1').join('')).toBe('x'.repeat(8191) + 'é'.repeat(9000));
  expect(t.lines('c1').length).toBeGreaterThan(2);
});

test('of 100 MB the beginning and the end are handed up, and the rest is counted', async () => {
  const t = createTestShell(`
    start() { echo first; head -c 100000000 /dev/zero | tr '\\0' x | fold -w 99; echo; echo last; return 5; }
  `);
  await t.load();
  const outcome = await t.run('start');
  const lines = t.lines('c1', 'stdout');
  const bytes = lines.reduce((sum, line) => sum + line.length + 1, 0);

  expect(outcome.code).toBe(5);
  expect(lines[0]).toBe('first');
  expect(lines.at(-1)).toBe('last');
  expect(bytes).toBeLessThan(600_000);
  const gap = lines.find((line) => line.startsWith('['));
  expect(gap).toMatch(/^\[\d{8,9} bytes of output left out here\]$/);
  expect(outcome.warnings).toEqual([expect.stringMatching(/^\d{8,9} bytes of its stdout were left out/)]);
});

test('a background process that never stops printing costs neither memory nor the next command', async () => {
  const t = createTestShell('start() { yes & }; check() { echo fine; }');
  await t.load();
  await t.run('start');
  for (let round = 0; round < 20; round += 1) expect(await t.run('check')).toMatchObject({ code: 0 });
  await t.until(() => t.lines('c1').length > 0);
  expect(t.lines('c1').length).toBeLessThan(600_000);
});

test('what is printed while no function runs, by a trap of the script, belongs to no command', async () => {
  const t = createTestShell("start() { trap 'echo trapped' USR1; }; pid() { echo $$; }");
  await t.load();
  await t.run('start');
  await t.run('pid');
  process.kill(Number(t.lines('c2')[0]), 'SIGUSR1');
  await t.run('pid');
  await t.until(() => t.lines().includes('trapped'));
  expect(t.output.find(({ line }) => line === 'trapped')?.commandId).toBe(undefined);
});

test('hundreds of commands leave no descriptor and no process behind', async () => {
  const t = createTestShell(
    'start() { echo out; echo err >&2; (sleep 0.01 &) ; }; fds() { ls /proc/$$/fd | wc -l; }',
  );
  await t.load();
  const descriptors = (): number => readdirSync('/proc/self/fd').length;
  for (let round = 0; round < 20; round += 1) await t.run('start');
  await t.runAs('first', 'fds');
  const before = descriptors();
  for (let round = 0; round < 300; round += 1) await t.run('start');
  await t.runAs('last', 'fds');
  expect(Number(t.lines('last')[0])).toBeLessThan(Number(t.lines('first')[0]) + 5);
  expect(descriptors()).toBeLessThan(before + 40);
});
