import { describe, expect, test } from 'vitest';
import { createTestShell } from './test-shell.ts';

interface Ending {
  readonly what: string;
  /** Body of the function; `count` was 1 before it. */
  readonly body: string;
  readonly code: number;
}

/** Whatever these do, the same bash runs the next function, with its variables. */
const HARMLESS: readonly Ending[] = [
  { what: 'returns', body: 'return 3', code: 3 },
  { what: 'ends with the code of its last command', body: '(exit 42)', code: 42 },
  { what: 'prints without a line end', body: 'printf partial', code: 0 },
  { what: 'imitates our messages on stdout', body: "printf 'end\\tx\\t1.1\\t0\\t9 return\\n'", code: 0 },
  { what: 'closes stdout and stderr', body: 'exec 1>&- 2>&-; return 4', code: 4 },
  { what: 'redirects stdout for good', body: 'exec >/dev/null; echo x; return 5', code: 5 },
  {
    what: 'closes every descriptor',
    body: 'for fd in {3..255}; do eval "exec $fd>&-"; done; return 6',
    code: 6,
  },
  { what: 'exits', body: 'exit 7; echo never', code: 7 },
  { what: 'exits with the last code', body: 'false; exit', code: 1 },
  { what: 'exits with a number out of range', body: 'exit -1', code: 255 },
  { what: 'exits with a word', body: 'exit now', code: 2 },
  { what: 'exits from nested loops and functions', body: 'inner; echo never', code: 8 },
  { what: 'exits after a failure', body: 'false || exit 9; echo never', code: 9 },
  { what: 'exits in a subshell', body: '(exit 10); echo after', code: 0 },
  { what: 'exits in a substitution', body: 'x=$(exit 11)', code: 11 },
  { what: 'exits in eval', body: 'eval "exit 12"; echo never', code: 12 },
  { what: 'exits in a sourced file', body: 'echo "exit 13" >part.sh; . ./part.sh; echo never', code: 13 },
  { what: 'fails under set -e', body: 'set -e; false; echo never', code: 1 },
  { what: 'fails deep under set -e', body: 'set -e; deep; echo never', code: 14 },
  { what: 'fails in a pipeline under set -e', body: 'set -eo pipefail; false | true; echo never', code: 1 },
  { what: 'succeeds under set -e', body: 'set -e; if false; then :; fi; return 0', code: 0 },
  { what: 'fails in a subshell under set -e', body: 'set -e; (false; echo never); echo never', code: 1 },
  { what: 'traces', body: 'set -x; true', code: 0 },
  {
    what: 'changes IFS and options',
    body: 'IFS=:,0; set -f; set -C; shopt -s nullglob; return 15',
    code: 15,
  },
  { what: 'turns posix mode on', body: 'set -o posix; return 16', code: 16 },
  { what: 'turns job control on', body: 'set -m; sleep 0.01 & wait', code: 0 },
  { what: 'sends TERM to its shell', body: 'kill $$; echo never', code: 143 },
  { what: 'sends INT to its shell', body: 'kill -INT $$; echo never', code: 130 },
  { what: 'sends HUP to its shell', body: 'kill -HUP $$; echo never', code: 129 },
  { what: 'reads its input', body: 'read -r line; cat; return 17', code: 17 },
  { what: 'has a syntax error in eval', body: 'eval "if"; return 18', code: 18 },
  { what: 'divides by zero', body: 'inner=$((1 / 0)); echo never', code: 1 },
  { what: 'assigns to a read-only variable', body: 'readonly ro=1; ro=2; echo never', code: 1 },
  { what: 'opens /dev/stdout and /dev/stderr', body: 'echo a >/dev/stdout; echo b >/dev/stderr', code: 0 },
  { what: 'calls what does not exist', body: 'no_such_command', code: 127 },
  { what: 'removes its directory', body: 'mkdir gone; cd gone; rmdir ../gone; return 28', code: 28 },
  { what: 'traps EXIT and TERM', body: 'trap "echo bye" EXIT TERM; return 19', code: 19 },
  { what: 'traps and exits', body: 'trap "echo bye" EXIT; exit 20', code: 20 },
  { what: 'traps DEBUG, ERR and RETURN', body: 'trap : DEBUG ERR RETURN; false; return 21', code: 21 },
  { what: 'removes every trap', body: 'trap - EXIT TERM INT HUP ERR DEBUG URG; return 22', code: 22 },
  {
    what: 'has functions named as built-in commands',
    body: 'printf() { :; }; read() { :; }; trap() { :; }; eval() { :; }; set() { :; }; return 23',
    code: 23,
  },
  { what: 'forgets its marks', body: `unset "\${!MQTT_ORCHESTRATE_COMMAND@}"; return 24`, code: 24 },
  { what: 'kills a child', body: 'sleep 100 & kill -9 $!; wait $!', code: 137 },
  { what: 'leaves a printer behind', body: 'while sleep 0.02; do echo tick; done & return 25', code: 25 },
  { what: 'prints 300 kB', body: "printf '%0300000d' 0; return 26", code: 26 },
];

/** These cost the shell; the next one has the variables as they were when it ended, or before the function. */
const DEADLY: readonly (Ending & { readonly count: string })[] = [
  { what: 'uses an unset variable under set -u', body: 'count=2; set -u; echo $nope', code: 1, count: '2' },
  { what: 'asks for a missing value', body: `count=2; : "\${nope:?}"; echo never`, code: 1, count: '2' },
  { what: 'exits past our exit', body: 'count=2; builtin exit 30', code: 30, count: '2' },
  { what: 'exits in posix mode', body: 'count=2; set -o posix; exit 31', code: 31, count: '2' },
  { what: 'kills its shell', body: 'count=2; kill -9 $$', code: 137, count: '1' },
  { what: 'makes way for a program', body: 'count=2; exec bash -c "exit 32"', code: 32, count: '1' },
  { what: 'exits without our trap', body: 'count=2; trap - EXIT; builtin exit 33', code: 33, count: '1' },
  { what: 'has a bad subscript', body: 'count=2; a[1/0]=x; echo never', code: 1, count: '2' },
  { what: 'crashes', body: 'count=2; kill -SEGV $$', code: 139, count: '2' },
];

const script = (body: string): string => `
count=1
what() { ${body}
}
inner() { while :; do for i in 1; do if true; then exit 8; fi; done; done; }
deep() { deeper; echo never; }
deeper() { return 14; }
check() { echo "$count" "$BASHPID"; }
`;

describe('the same shell goes on after a function that', () => {
  test.each(HARMLESS)('$what', async ({ body, code }) => {
    const t = createTestShell(script(body));
    await t.load();
    await t.run('check');
    const outcomes = [await t.run('what'), await t.run('what')];
    const checked = await t.run('check');

    expect(outcomes.map((outcome) => outcome.code)).toEqual([code, code]);
    expect(outcomes.flatMap((outcome) => outcome.warnings)).toEqual([]);
    expect(checked).toMatchObject({ code: 0, interrupted: false, warnings: [] });
    expect(t.lines('c4')).toEqual(t.lines('c1'));
    expect(t.lines()).not.toContain('never');
  });
});

describe('another shell takes over after a function that', () => {
  test.each(DEADLY)('$what', async ({ body, code, count }) => {
    const t = createTestShell(script(body));
    await t.load();
    await t.run('check');
    const outcome = await t.run('what');
    await t.run('check');

    expect(outcome.code).toBe(code);
    expect(outcome.warnings).toEqual([expect.stringContaining('was replaced')]);
    const [before, after] = [t.lines('c1').join().split(' '), t.lines('c3').join().split(' ')];
    expect(after[0]).toBe(count);
    expect(after[1]).not.toBe(before[1]);
    expect(t.lines()).not.toContain('never');
  });
});

test('a shell that ends while it is idle takes no command with it', async () => {
  const t = createTestShell(
    'count=1; doom() { count=2; ulimit -Sn 100; return 27; }; check() { echo "$count"; }',
  );
  await t.load();
  const doomed = await t.run('doom');
  const next = await t.run('check');

  expect(doomed.code).toBe(27);
  expect(next).toMatchObject({ code: 0, stderrTail: '' });
  expect([...doomed.warnings, ...next.warnings]).toEqual([expect.stringContaining('was replaced')]);
  expect(t.lines('c2', 'stdout')).toEqual(['2']);
});

test('a time limit of the script for `read` ends no idle shell', async () => {
  const t = createTestShell('TMOUT=1; start() { { sleep 1.5; update later; } & }; check() { return 7; }');
  await t.load();
  await t.run('start');
  await t.until(() => t.updates.length === 1);
  expect(await t.run('check')).toMatchObject({ code: 7, warnings: [] });
});

test('endless recursion is an ordinary failure', async () => {
  const t = createTestShell('endless() { ((depth += 1)); endless; }; check() { echo "$depth"; }');
  await t.load();
  expect(await t.run('endless')).toMatchObject({
    code: 1,
    stderrTail: expect.stringContaining('nesting level'),
  });
  await t.run('check');
  expect(Number(t.lines('c2')[0])).toBeGreaterThan(500);
});

test.each([
  ['true', 0, false],
  ['rm /no/such/file', 1, true],
  ['[[ -e /no/such/file ]] && echo there', 1, true],
  ['fails() { return 3; }; fails', 3, false],
  ['return 4', 4, false],
  ['rm /no/such/file || return 4', 4, false],
  ['fails() { return 3; }; fails || return', 3, false],
  ['exit 5', 5, false],
  ['set -e; rm /no/such/file; true', 1, false],
])('initFunction that ends with %s: code %i, incidental %s', async (body, code, incidental) => {
  const t = createTestShell(`initFunction() { ${body}; }\nagain() { return 7; }`);
  await t.load();
  expect(await t.run('initFunction')).toMatchObject({ code, incidental });
  // Nothing of it stays for the functions that follow.
  expect(await t.run('again')).toMatchObject({ code: 7, incidental: false });
});

test('initFunction can be interrupted like any other', async () => {
  const t = createTestShell('initFunction() { update looping; while :; do :; done; }\nagain() { return 7; }');
  await t.load();
  const outcome = t.run('initFunction');
  await t.until(() => t.updates.length === 1);
  t.shell.interrupt();
  expect(await outcome).toMatchObject({ code: 143, interrupted: true, warnings: [] });
  expect(await t.run('again')).toMatchObject({ code: 7 });
});
