import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { sleep, systemClock } from '../../../src/base/index.ts';
import { systemProcessTable } from '../../../src/process/index.ts';
import { startShellProgram } from './shell-program.ts';

const SCRIPT = `
start() {
  echo $$ >shell.pid
  sleep 1000 >/dev/null 2>&1 & echo $! >plain.pid
  (setsid bash -c 'trap : TERM; echo $$ >stubborn.pid; while :; do sleep 1; done' >/dev/null 2>&1 &)
  while ! [[ -s stubborn.pid ]]; do sleep 0.01; done
  echo "$MQTT_ORCHESTRATE_CONTROL" >control.path
  echo $UID
}
stay() { start; sleep 1000; }
`;

const gone = async (...pids: readonly number[]): Promise<void> => {
  while (pids.some((pid) => systemProcessTable.find(pid))) await sleep(systemClock, 20);
};

test('when the agent is killed, a reaper ends everything that it left', async () => {
  const program = await startShellProgram(SCRIPT, ['start']);
  await program.until('ready');
  const pids = ['shell.pid', 'plain.pid', 'stubborn.pid'].map(program.pidIn);
  const control = readFileSync(`${program.folder}/control.path`, 'utf8').trim();
  expect(existsSync(control)).toBe(true);
  program.child.kill('SIGKILL');
  await gone(...pids);
  // And last of all the private directory.
  while (existsSync(dirname(control))) await sleep(systemClock, 20);
});

test('also when a function is running', async () => {
  const program = await startShellProgram(SCRIPT, ['stay']);
  while (!existsSync(`${program.folder}/control.path`)) await sleep(systemClock, 20);
  const pids = ['shell.pid', 'plain.pid', 'stubborn.pid'].map(program.pidIn);
  program.child.kill('SIGKILL');
  await gone(...pids);
});

test('a closed shell does not keep the agent from ending, and leaves nothing', async () => {
  const program = await startShellProgram(SCRIPT, ['start']);
  await program.until('ready');
  program.child.stdin?.end();
  expect(await program.ended).toBe(0);
  expect(program.facts).toContain('closed');
  await gone(...['shell.pid', 'plain.pid', 'stubborn.pid'].map(program.pidIn));
});

test.runIf(process.getuid?.() === 0)('it works as an ordinary user', async () => {
  const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const program = await startShellProgram(SCRIPT, ['start'], user);
  await program.until('ready');
  expect(program.facts).toContainEqual({ lines: ['65534'] });
  program.child.stdin?.end();
  expect(await program.ended).toBe(0);
  await gone(...['shell.pid', 'plain.pid', 'stubborn.pid'].map(program.pidIn));
});
