import { expect, test } from 'vitest';
import type { FunctionOutcome } from '../../../src/agent/shell/shell.ts';
import { createTestShell, type TestShell } from './test-shell.ts';

/** Ends of a function that the interruption must reach, and after which it must not run `never`. */
const LONG_RUNNING: readonly (readonly [string, string])[] = [
  ['a child', 'sleep 100'],
  ['a child, two functions deep', 'nested'],
  ['a child that is not the last command of its condition', 'if sleep 100; then never; else never; fi'],
  ['a child in a loop', 'until sleep 100; do never; done'],
  ['a pipeline', 'sleep 100 | cat | cat'],
  ['a substitution', 'x=$(sleep 100)'],
  ['a subshell', '(sleep 100; never)'],
  ['eval', 'eval "sleep 100; never"'],
  ['a sourced file', 'echo "sleep 100; never" >part.sh; . ./part.sh'],
  ['a child of a child', 'timeout 100 sleep 100'],
  ['a child in a session of its own', 'setsid -w sleep 100'],
  ['a child that resets its signals', 'node -e "setTimeout(() => {}, 100000)"'],
  ['a child with other signals', 'iperf3 -s -p 0 -1 --bind 127.0.0.1 || sleep 100'],
  ['a coprocess', 'coproc sleep 100; wait "$COPROC_PID"'],
  ['wait', 'sleep 100 & wait "$!"'],
  ['a busy loop', 'while :; do :; done'],
  ['an arithmetic loop', 'for ((;;)); do :; done'],
  ['a printer', 'while :; do echo printing; done'],
  ['a flood', 'yes'],
  ['updates', 'while :; do update again; done'],
  ['wait_port', 'wait_port 1 100'],
  ['read', 'mkfifo fifo; read -r line <>fifo'],
  ['read with a time limit', 'mkfifo fifo; read -r -t 100 line <>fifo'],
  ['opening a FIFO', 'mkfifo fifo; read -r line <fifo'],
  ['mapfile', 'mkfifo fifo; mapfile lines <>fifo'],
  ['set -e', 'set -e; sleep 100'],
  ['a stopped shell', 'kill -STOP $$'],
  ['traps of its own', 'trap "echo mine" TERM INT HUP EXIT; sleep 100'],
  ['a foreground child that looks like a background one', 'sleep 100 </dev/null'],
  ['a child that ignores TERM', 'bash -c "trap : TERM; while :; do sleep 100; done"'],
];

const script = (body: string): string => `
value=before
never() { echo never; }
nested() { inner; never; }
inner() { sleep 100; never; }
start() { value=after; { sleep 0.1; update ready; } & ${body}; never; }
check() { echo "$value" "$BASHPID"; }
`;

async function interrupted(t: TestShell, name = 'start'): Promise<FunctionOutcome> {
  const outcome = t.run(name);
  await t.until(() => t.updates.some(({ text }) => text === 'ready'));
  t.shell.interrupt();
  return outcome;
}

test.each(LONG_RUNNING)('%s is left at once; shell and variables stay', async (_, body) => {
  const t = createTestShell(script(body));
  await t.load();
  await t.run('check');
  const outcome = await interrupted(t);
  await t.run('check');

  expect(outcome).toMatchObject({ code: 143, interrupted: true });
  const pid = t.lines('c1').join().split(' ')[1];
  expect(t.lines('c3')).toEqual([`after ${pid}`]);
  expect(t.lines()).not.toContain('never');
  expect(outcome.warnings.filter((warning) => warning.includes('replaced'))).toEqual([]);
});

test('a background process of the function is not its foreground', async () => {
  const t = createTestShell(`
    start() { sleep 100 & LAST_PID=$!; update ready; sleep 100; }
    stop() { kill "$LAST_PID"; wait "$LAST_PID"; }
  `);
  await t.load();
  expect(await interrupted(t)).toMatchObject({ interrupted: true });
  expect(await t.run('stop')).toMatchObject({ code: 143, interrupted: false });
});

test.each([
  ['a program in its place', "exec bash -c 'update ready; exec sleep 100'"],
  ['a function that ignores every signal', 'trap "" URG TERM; update ready; while :; do :; done'],
])('%s costs the shell, not the variables of before', async (_, body) => {
  const t = createTestShell(`
    value=before
    start() { value=after; ${body}; }
    check() { echo "$value"; }
  `);
  await t.load();
  const outcome = await interrupted(t);
  await t.run('check');

  expect(outcome).toMatchObject({ code: 143, interrupted: true });
  expect(outcome.warnings).toEqual([
    expect.stringContaining('was replaced: variables are as they were before'),
  ]);
  expect(t.lines('c2')).toEqual(['before']);
});

test('an interruption before the function begins reaches it', async () => {
  const t = createTestShell('start() { sleep 100; }; check() { return 3; }');
  await t.load();
  const outcome = t.run('start');
  t.shell.interrupt();
  expect(await outcome).toMatchObject({ code: 143, interrupted: true });
  expect(await t.run('check')).toMatchObject({ code: 3, interrupted: false });
});

test('an interruption when nothing runs does nothing', async () => {
  const t = createTestShell('check() { return 3; }');
  await t.load();
  t.shell.interrupt();
  expect(await t.run('check')).toMatchObject({ code: 3, interrupted: false });
});

test('an interruption that meets the end never reaches the next function', async () => {
  const t = createTestShell('short() { return 4; }; check() { return 3; }');
  await t.load();
  for (let round = 0; round < 100; round += 1) {
    const outcome = t.run('short');
    t.shell.interrupt();
    const { code, interrupted: wasInterrupted } = await outcome;
    expect(code).toBe(wasInterrupted ? 143 : 4);
    expect(await t.run('check')).toMatchObject({ code: 3, interrupted: false });
  }
});
