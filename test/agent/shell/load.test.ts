import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestShell } from './test-shell.ts';

const reasonOf = async (script: string | Uint8Array, loadTimeoutMs = 30_000): Promise<string> => {
  const t = createTestShell(script, { loadTimeoutMs });
  const outcome = await t.load();
  return outcome.ok ? 'it loads' : outcome.reason.replaceAll(`${t.folder}/`, '');
};

test('a script that loads gives the names of its functions', async () => {
  const t = createTestShell(`
    startFunction() { :; }
    function stopFunction { echo "$greeting $map_value"; }
    declare -A map=([a b]=top); declare greeting=hello; map_value=\${map[a b]}
    set -- changed
  `);
  expect(await t.load()).toEqual({
    ok: true,
    functions: new Set(['startFunction', 'stopFunction']),
    needs: { requires: '', path: process.env.PATH },
  });
  await t.run('stopFunction');
  expect(t.lines('c1')).toEqual(['hello top']);
});

test.each([
  ['a text', 'requires="iperf3 >= 3.9, ncat"', 'iperf3 >= 3.9, ncat'],
  ['several lines', 'requires="\n  iperf3\n\n  a\tb\n"', '\n  iperf3\n\n  a\tb'],
  ['an array', 'requires=("iperf3 >= 3.9" ncat); IFS=:', 'iperf3 >= 3.9\nncat'],
  ['nothing, under set -u', 'set -u', ''],
  ['what no shell may run', "requires='$(touch ran) `touch ran`'", '$(touch ran) `touch ran`'],
])('a script that requires %s', async (_, script, requires) => {
  const t = createTestShell(`${script}\nPATH=/opt/lab/bin:$PATH`);
  const needs = { requires, path: `/opt/lab/bin:${process.env.PATH}` };
  expect(await t.load()).toEqual({ ok: true, functions: new Set(), needs });
  expect(existsSync(join(t.folder, 'ran'))).toBe(false);
});

test('what the script prints while it loads belongs to no command', async () => {
  const t = createTestShell('echo loading; echo badly >&2');
  expect(await t.load()).toMatchObject({ ok: true });
  expect(t.output).toEqual([
    { commandId: undefined, stream: 'stdout', line: 'loading' },
    { commandId: undefined, stream: 'stderr', line: 'badly' },
  ]);
});

test('a script may print a lot while it loads', async () => {
  const t = createTestShell(`printf '%0500000d\\n' 1; start() { :; }`);
  expect(await t.load()).toMatchObject({ ok: true });
  expect(t.lines().join('')).toMatch(/^0{499999}1$/);
});

test('the last command of the script may fail', async () => {
  expect(await reasonOf('start() { :; }\n[[ -f none ]] && . none')).toBe('it loads');
});

test('extended patterns after shopt -s extglob are no syntax error', async () => {
  expect(await reasonOf('shopt -s extglob\nstart() { case $1 in @(a|b)) ;; esac; }')).toBe('it loads');
});

test.each([
  [
    'a syntax error',
    'a() { :; }\nb() { if; }\n',
    /^functions\.sh:2: syntax error near unexpected token `;'\.$/,
  ],
  ['an unfinished function', 'a() {\n', /^functions\.sh:\d: syntax error: unexpected end of file.*\.$/],
  [
    'an unfinished string',
    'a() { echo "x; }\n',
    /^functions\.sh:1: unexpected EOF while looking for matching `"'\.$/,
  ],
  ['a byte order mark', '\uFEFFa() { :; }\n', /^functions\.sh:1: .*byte order mark/],
  ['CR LF', 'a() { :; }\nb() { :; }\r\n', /^functions\.sh:2: .*CR LF/],
  ['a NUL character', 'a() { :; }\n\n\0', /^functions\.sh:3: .*NUL/],
  ['an exit', 'echo last words >&2; exit 4', /^functions\.sh: bash ended with code 4 .*\(last words\)/],
  ['a failure under set -e', 'set -e\nfalse\n', /^functions\.sh: bash ended with code 1 /],
  ['kill -9', 'kill -9 $$', /^functions\.sh: bash ended with code 137 /],
])('%s at load is a clear reason', async (_, script, reason) => {
  expect(await reasonOf(script)).toMatch(reason);
});

test('a script that hangs is given up', async () => {
  expect(await reasonOf('sleep 1000', 300)).toMatch(/^functions\.sh: loading it took longer than 300ms/);
});

test('a missing file and a folder are clear reasons', async () => {
  const t = createTestShell('');
  rmSync(join(t.folder, 'functions.sh'));
  expect(await t.load()).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/functions\.sh: .*ENOENT/),
  });
  const folder = createTestShell('', { scriptFile: tmpdir() });
  expect(await folder.load()).toEqual({ ok: false, reason: `${tmpdir()}: this is not a file.` });
});

test('a function cannot be run when nothing is loaded', async () => {
  const t = createTestShell('exit 1');
  await t.load();
  expect(await t.run('start')).toMatchObject({
    code: 126,
    stderrTail: expect.stringContaining('not loaded'),
  });
});

test('a missing bash is an error with a hint', async () => {
  const t = createTestShell('', { bash: 'no-such-bash' });
  await expect(t.load()).rejects.toMatchObject({
    code: 'SHELL_UNAVAILABLE',
    message: expect.stringContaining('no-such-bash'),
    hint: expect.stringContaining('4.3'),
  });
});

test('an old bash is an error with its version', async () => {
  const t = createTestShell('');
  const bash = join(t.folder, 'old-bash');
  // Speaks as the prelude does under bash 3.2, whose version cannot be forged from inside.
  const hello = `printf 'hello\\t\\t1.1\\t0\\t3.2.57(1)-release\\n' >"$4/control"; sleep 100`;
  writeFileSync(bash, `#!/bin/bash\ncase $* in *prelude.sh*) ${hello} ;; esac\n`);
  chmodSync(bash, 0o755);
  const old = createTestShell('', { bash });
  await expect(old.load()).rejects.toMatchObject({
    code: 'SHELL_UNAVAILABLE',
    message: expect.stringMatching(/version 3\.2\.57.* 4\.3 or newer/),
  });
});

test('what is not bash at all is an error, too', async () => {
  await expect(createTestShell('', { bash: 'true' }).load()).rejects.toMatchObject({
    code: 'SHELL_UNAVAILABLE',
  });
});

test('the script sees its variables, and none that is withheld', async () => {
  process.env.SHELL_TEST_SECRET = 'secret';
  process.env.SHELL_TEST_PLAIN = 'plain';
  const t = createTestShell(
    'show() { echo "$MY_TOPIC/$SHELL_TEST_PLAIN/$SHELL_TEST_SECRET"; bash -c "echo $MY_TOPIC"; }',
    {
      withheld: ['SHELL_TEST_SECRET'],
    },
  );
  await t.load();
  await t.run('show');
  delete process.env.SHELL_TEST_SECRET;
  delete process.env.SHELL_TEST_PLAIN;
  expect(t.lines('c1')).toEqual(['node1/plain/', 'node1']);
});

test('nothing is left in the temporary folder after close', async () => {
  const ours = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('mqtt-orchestrate-'));
  const before = new Set(ours());
  const t = createTestShell('where() { echo "$MQTT_ORCHESTRATE_CONTROL"; }');
  await t.load();
  await t.run('where');
  const [control = ''] = t.lines('c1');
  expect(existsSync(control)).toBe(true);
  await t.shell.close();
  expect(existsSync(control)).toBe(false);
  expect(ours().filter((name) => !before.has(name) && control.includes(name))).toEqual([]);
});

test('loading can be interrupted', async () => {
  const t = createTestShell('update loading; sleep 1000');
  const loaded = t.load();
  await t.until(() => t.updates.length === 1);
  t.shell.interrupt();
  expect(await loaded).toMatchObject({
    ok: false,
    reason: expect.stringContaining('loading it was interrupted'),
  });
});
