import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { commandMarks, findLeftovers, sessionMarks } from '../../../src/agent/shell/leftovers.ts';
import { systemClock } from '../../../src/base/index.ts';
import { createControlGroups, systemProcessTable } from '../../../src/process/index.ts';
import { createTestShell, type TestShell } from './test-shell.ts';

/** Ways of starting something that outlives its function; each says its pid in the file `pid`. */
const WAYS: readonly (readonly [string, string])[] = [
  ['a background process', 'sleep 1000 & echo $! >pid'],
  ['a background loop of the shell', '{ while :; do sleep 1; done; } >/dev/null 2>&1 & echo $! >pid'],
  ['nohup', 'nohup sleep 1000 >/dev/null 2>&1 & echo $! >pid'],
  ['setsid', 'setsid bash -c "echo \\$\\$ >pid; exec sleep 1000" >/dev/null 2>&1 &'],
  ['a double fork', '(setsid bash -c "echo \\$\\$ >pid; exec sleep 1000" >/dev/null 2>&1 &)'],
  [
    'a double fork of the shell itself',
    '( { echo $BASHPID >pid; while :; do sleep 1; done; } >/dev/null 2>&1 & )',
  ],
  ['a daemon', 'iperf3 -s -D -p "$1" -I "$PWD/pid"'],
  ['an empty environment', '(env -i setsid bash -c "echo \\$\\$ >pid; exec sleep 1000" >/dev/null 2>&1 &)'],
  ['one that ignores TERM', 'bash -c "trap : TERM; echo \\$\\$ >pid; while :; do sleep 1; done" &'],
  ['one that is stopped', 'sleep 1000 & echo $! >pid; kill -STOP $!'],
  ['one with other children', 'bash -c "echo \\$\\$ >pid; sleep 1000 & sleep 1000" &'],
];

const SCRIPT = (body: string): string => `
init() { sleep 1000 & echo $! >init.pid; }
start() { rm -f pid; ${body}
  while ! [[ -s pid ]]; do sleep 0.01; done; }
check() { echo "$BASHPID"; }
`;

const pidIn = (t: TestShell, file: string): number =>
  Number.parseInt(readFileSync(join(t.folder, file), 'utf8'), 10);

/** A port that nobody listened on a moment ago. */
async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? String(address?.port) : '';
}

/** A zombie does nothing any more. */
function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

test.each(WAYS)('%s is ended, and what an earlier command started is kept', async (_, body) => {
  const t = createTestShell(SCRIPT(body));
  await t.load();
  await t.runAs('init', 'init');
  await t.runAs('start', 'start', await freePort());
  const pid = pidIn(t, 'pid');
  expect(isRunning(pid)).toBe(true);

  expect(await t.shell.endLeftovers(new Set(['init']))).toEqual([]);
  expect(isRunning(pid)).toBe(false);
  expect(isRunning(pidIn(t, 'init.pid'))).toBe(true);
  expect(await t.run('check')).toMatchObject({ code: 0, warnings: [] });

  expect(await t.shell.endLeftovers(new Set())).toEqual([]);
  expect(isRunning(pidIn(t, 'init.pid'))).toBe(false);
  expect(await t.run('check')).toMatchObject({ code: 0, warnings: [] });
});

/** It has no session, parent, environment or open file in common with the shell any more. */
const ESCAPE = `(env -i setsid bash -c 'echo $$ >pid; for fd in 3 {10..255}; do eval "exec $fd>&-"; done; exec sleep 1000' <&- >&- 2>&- &)`;

const probe = createControlGroups(`test-probe-leftovers-${process.pid}`);
await probe?.close(systemClock);

test.runIf(probe)('where there are control groups, nothing escapes', async () => {
  const t = createTestShell(SCRIPT(ESCAPE));
  await t.load();
  await t.runAs('init', 'init');
  await t.runAs('start', 'start');
  const pid = pidIn(t, 'pid');
  expect(isRunning(pid)).toBe(true);
  expect(await t.shell.endLeftovers(new Set(['init']))).toEqual([]);
  expect(isRunning(pid)).toBe(false);
  expect(isRunning(pidIn(t, 'init.pid'))).toBe(true);
});

test('what the top level of the script started stays, but not longer than the shell', async () => {
  const t = createTestShell(`sleep 1000 >/dev/null 2>&1 & echo $! >top.pid\n${SCRIPT(':')}`);
  await t.load();
  await t.runAs('init', 'init');
  await t.shell.endLeftovers(new Set(['init']));
  expect(isRunning(pidIn(t, 'top.pid'))).toBe(true);
  await t.shell.close();
  expect(isRunning(pidIn(t, 'top.pid'))).toBe(false);
});

test('without control groups, too, what closes every file is known by its environment', async () => {
  const t = createTestShell(
    SCRIPT("(setsid bash -c 'echo $$ >pid; exec 249>&- sleep 1000' </dev/null >/dev/null 2>&1 &)"),
  );
  await t.load();
  await t.runAs('init', 'init');
  await t.runAs('start', 'start');
  const [mark] = systemProcessTable.variables(pidIn(t, 'pid'), 'MQTT_ORCHESTRATE_SESSION');
  const found = findLeftovers(systemProcessTable, {
    marks: sessionMarks(mark?.join('=') ?? '', []),
    members: new Map(),
    kept: commandMarks(['init'], []),
    commandsOnly: true,
    shellPid: undefined,
  });
  expect(found.map(({ pid }) => pid)).toEqual([pidIn(t, 'pid')]);
});

test('leftovers of a shell that was lost are found, too', async () => {
  const t = createTestShell(SCRIPT('setsid sleep 1000 & echo $! >pid; kill -9 $$'));
  await t.load();
  expect(await t.run('start')).toMatchObject({ code: 137 });
  await t.shell.endLeftovers(new Set());
  expect(isRunning(pidIn(t, 'pid'))).toBe(false);
});

test('close ends the shell and all that it ever started', async () => {
  const t = createTestShell(SCRIPT('(setsid sleep 1000 & echo $! >pid)'));
  await t.load();
  await t.run('check');
  await t.run('init');
  await t.run('start');
  await t.shell.close();
  for (const pid of [Number(t.lines('c1')[0]), pidIn(t, 'init.pid'), pidIn(t, 'pid')]) {
    expect(isRunning(pid)).toBe(false);
  }
});

test('close ends a function that is running', async () => {
  const t = createTestShell('start() { update ready; sleep 1000; }');
  await t.load();
  const outcome = t.run('start');
  await t.until(() => t.updates.length === 1);
  await t.shell.close();
  expect(await outcome).toMatchObject({ code: 143, interrupted: true });
});

test('close before load, twice, and after a failed load', async () => {
  const t = createTestShell('exit 1');
  await t.shell.close();
  await t.load();
  await t.shell.close();
  await t.shell.close();
  onTestFinished(() => t.shell.close());
});
