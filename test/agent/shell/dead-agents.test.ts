import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findMarkedAgent, ownAgentMark } from '../../../src/agent/shell/agent-mark.ts';
import { endDeadAgents, findDeadAgents, type Whose } from '../../../src/agent/shell/dead-agents.ts';
import { createShellMarks, toVariables } from '../../../src/agent/shell/shell-marks.ts';
import { sleep, systemClock } from '../../../src/base/index.ts';
import { createControlGroups, psTable, systemProcessTable } from '../../../src/process/index.ts';
import { type ShellProgram, startShellProgram } from './shell-program.ts';

/** Ways to stay when the agent is gone; each says its pid in a file of its own. */
const WAYS: Readonly<Record<string, string>> = {
  plain: 'sleep 1000 >/dev/null 2>&1 & echo $! >plain.pid',
  loop: '{ while :; do sleep 1; done; } >/dev/null 2>&1 & echo $! >loop.pid',
  stubborn:
    '(setsid bash -c "trap : TERM; echo \\$\\$ >stubborn.pid; while :; do sleep 1; done" >/dev/null 2>&1 &)',
  nameless:
    '(env -i setsid bash -c "echo \\$\\$ >nameless.pid; exec sleep 1000" </dev/null >/dev/null 2>&1 &)',
};

const script = (ways: Readonly<Record<string, string>>): string => `
start() {
  echo $$ >shell.pid
  echo "$MQTT_ORCHESTRATE_CONTROL" >control.path
  ${Object.values(ways).join('\n  ')}
  for file in ${Object.keys(ways)
    .map((way) => `${way}.pid`)
    .join(' ')}; do while ! [[ -s $file ]]; do sleep 0.01; done; done
}
`;

interface Agent extends ShellProgram {
  readonly root: string;
  readonly pids: readonly number[];
  readonly directory: string;
}

async function startAgent(
  { root = `test/${randomUUID()}`, node = 'node1' }: Partial<Whose> = {},
  ways = WAYS,
  launcher: readonly string[] = [],
): Promise<Agent> {
  const as = [...launcher, 'env', `TEST_ROOT=${root}`, `TEST_NODE=${node}`];
  const program = await startShellProgram(script(ways), ['start'], as);
  await program.until('ready');
  const pids = ['shell', ...Object.keys(ways)].map((way) => program.pidIn(`${way}.pid`));
  const directory = dirname(readFileSync(`${program.folder}/control.path`, 'utf8'));
  // Also when the test fails: nobody else would ever end what it started to be found.
  onTestFinished(() => {
    for (const pid of running(pids)) process.kill(pid, 'SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });
  return { ...program, root, pids, directory };
}

/** Nobody cleans up after it: its reaper is killed first. */
async function killWithReaper({ child, ended, pidIn }: Agent): Promise<void> {
  const children = systemProcessTable.list().filter(({ parentPid }) => parentPid === child.pid);
  for (const { pid } of children) if (pid !== pidIn('shell.pid')) process.kill(pid, 'SIGKILL');
  child.kill('SIGKILL');
  await ended;
}

const running = (pids: readonly number[]): number[] => pids.filter((pid) => systemProcessTable.find(pid));
const pidsOf = (whose: Whose): number[] =>
  findDeadAgents(whose).flatMap(({ processes }) => processes.map(({ pid }) => pid));

test('what a killed agent left is found and ended, and its directory removed', async () => {
  const agent = await startAgent();
  const { root, pids, directory } = agent;
  expect(findDeadAgents({ root })).toEqual([]);
  await killWithReaper(agent);

  const [dead, ...more] = findDeadAgents({ root });
  expect(more).toEqual([]);
  expect(dead).toMatchObject({ node: 'node1', directory });
  // The shell itself ends when nobody can give it commands any more.
  expect(pidsOf({ root })).toEqual(expect.arrayContaining(running(pids.slice(1))));

  await endDeadAgents({ root, node: 'node1' }, { clock: systemClock });
  expect(running(pids)).toEqual([]);
  expect(existsSync(directory)).toBe(false);
  expect(findDeadAgents({ root })).toEqual([]);
});

test('of another node or below another root nothing is touched, nor of an agent that lives', async () => {
  const dead = await startAgent();
  const { root, pids } = dead;
  const living = await startAgent({ root });
  const other = await startAgent({ root, node: 'node2' });
  await killWithReaper(dead);
  await killWithReaper(other);

  expect(findDeadAgents({ root: `${root}/deeper` })).toEqual([]);
  expect(findDeadAgents({ root: dirname(root) })).toEqual([]);
  expect(findDeadAgents({ root, node: 'node' })).toEqual([]);
  await endDeadAgents({ root, node: 'node1' }, { clock: systemClock });
  expect(running(pids)).toEqual([]);
  expect(running(living.pids)).toEqual(living.pids);
  expect(findDeadAgents({ root }).map(({ node }) => node)).toEqual(['node2']);

  await endDeadAgents({ root }, { clock: systemClock });
  expect(running(other.pids)).toEqual([]);
  expect(running(living.pids)).toEqual(living.pids);
});

test('a living agent that a dead one started is left alone, with what it started', async () => {
  const root = `test/${randomUUID()}`;
  // This process stands for the living agent.
  const marks = toVariables(createShellMarks({ root, node: 'node2' }, systemProcessTable));
  const assignments = Object.entries(marks).map(([name, value]) => `${name}='${value}'`);
  const inner = `env ${assignments.join(' ')} sleep 1000 >/dev/null 2>&1 & echo $! >inner.pid`;
  const dead = await startAgent({ root }, { plain: WAYS.plain ?? '', inner });
  await killWithReaper(dead);
  await endDeadAgents({ root }, { clock: systemClock });
  expect(running(dead.pids)).toEqual([dead.pidIn('inner.pid')]);
  process.kill(dead.pidIn('inner.pid'), 'SIGKILL');
  while (running(dead.pids).length > 0) await sleep(systemClock, 20);
  await endDeadAgents({ root }, { clock: systemClock });
  expect(existsSync(dead.directory)).toBe(false);
});

test('the reaper of the dead agent may be at work, too', async () => {
  const { root, child, ended, pids, directory } = await startAgent();
  child.kill('SIGKILL');
  await ended;
  await endDeadAgents({ root }, { clock: systemClock });
  expect(running(pids)).toEqual([]);
  expect(existsSync(directory)).toBe(false);
});

const ESCAPE = `(env -i setsid bash -c 'echo $$ >escaped.pid; for fd in 3 {10..255}; do eval "exec $fd>&-"; done; exec sleep 1000' <&- >&- 2>&- &)`;
const probe = createControlGroups(`test-probe-dead-agents-${process.pid}`);
await probe?.close(systemClock);

test.runIf(probe)('where there are control groups, nothing escapes, and they are removed', async () => {
  const agent = await startAgent({}, { escaped: ESCAPE });
  await killWithReaper(agent);
  const { groupsDirectory = '' } = findDeadAgents({ root: agent.root })[0] ?? {};
  expect(existsSync(groupsDirectory)).toBe(true);
  expect(pidsOf({ root: agent.root })).toContain(agent.pidIn('escaped.pid'));
  await endDeadAgents({ root: agent.root }, { clock: systemClock });
  expect(running(agent.pids)).toEqual([]);
  expect(existsSync(groupsDirectory)).toBe(false);
});

test.runIf(process.getuid?.() === 0)("another user's are none of ours", async () => {
  const user = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const agent = await startAgent({}, { plain: WAYS.plain ?? '' }, user);
  await killWithReaper(agent);
  expect(findDeadAgents({ root: agent.root })).toEqual([]);
  process.kill(agent.pidIn('plain.pid'), 'SIGKILL');
  rmSync(agent.directory, { recursive: true });
});

test('a pid that was given to another process is no living agent', () => {
  const mark = ownAgentMark(systemProcessTable);
  expect(findMarkedAgent(mark, systemProcessTable)).toEqual({ pid: process.pid, isAlive: true });
  expect(findMarkedAgent(`${mark}0`, systemProcessTable)).toEqual({ pid: process.pid, isAlive: false });
});

test('of an agent in another container nobody here can tell whether it lives', () => {
  const mark = ownAgentMark(systemProcessTable).replace(/pid:\[\d+\]/, 'pid:[1]');
  expect(findMarkedAgent(mark, systemProcessTable)).toBe(undefined);
  expect(findMarkedAgent('', systemProcessTable)).toBe(undefined);
});

test('a system that does not tell whose a process is has no leftovers to find', async () => {
  const agent = await startAgent();
  await killWithReaper(agent);
  const { root } = agent;
  expect(findDeadAgents({ root }, psTable).flatMap(({ processes }) => processes)).toEqual([]);
  await endDeadAgents({ root }, { clock: systemClock });
  while (running(agent.pids).length > 0) await sleep(systemClock, 20);
});
