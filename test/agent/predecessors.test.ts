import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { endPredecessors } from '../../src/agent/end-predecessors.ts';
import { type Logger, systemClock } from '../../src/base/index.ts';
import { systemProcessTable } from '../../src/process/index.ts';
import { createMemoryBroker } from '../../src/transport/index.ts';
import { type ShellProgram, startShellProgram } from './shell/shell-program.ts';
import { startTestAgent } from './test-agent.ts';
import type { Connect } from './test-control.ts';

const PATIENCE = { timeout: 20_000, interval: 20 } as const;
const SCRIPT = 'start() { sleep 1000 >/dev/null 2>&1 & echo $! >sleep.pid; }';

/** An agent's shell that is killed, with its bash and its reaper; `functions` have been called. */
async function startKilled(root: string, functions: readonly string[]): Promise<ShellProgram> {
  const program = await startShellProgram(SCRIPT, functions, ['env', `TEST_ROOT=${root}`, 'TEST_NODE=node1']);
  await program.until('ready');
  const { child, ended } = program;
  const children = systemProcessTable.list().filter(({ parentPid }) => parentPid === child.pid);
  for (const { pid } of children) process.kill(pid, 'SIGKILL');
  child.kill('SIGKILL');
  await ended;
  await expect.poll(() => children.filter(({ pid }) => systemProcessTable.find(pid)), PATIENCE).toEqual([]);
  return program;
}

const connect: Connect = (clientId, will) =>
  createMemoryBroker().connect({ clientId, ...(will && { will }), clock: systemClock });

test('an agent ends what a killed one of its name left before its own initFunction runs', async () => {
  const root = `test/${randomUUID()}`;
  const killed = await startKilled(root, ['start']);
  const pid = killed.pidIn('sleep.pid');
  expect(systemProcessTable.find(pid)).toBeDefined();
  // A zombie does nothing any more.
  const script = `initFunction() { grep -qs '^State:.[^ZX]' /proc/${pid}/status && touch still-there; touch done; }`;
  const agent = startTestAgent(connect, script, { root });
  await expect.poll(() => existsSync(`${agent.folder}/done`), PATIENCE).toBe(true);
  expect(existsSync(`${agent.folder}/still-there`)).toBe(false);
  expect(systemProcessTable.find(pid)).toBe(undefined);
  expect(agent.log).toContain(
    `warn an agent of this name was killed here; what it had left was ended: sleep (${pid})`,
  );
});

test('where nothing but files are left it says no more than that, and without anything nothing', async () => {
  const root = `test/${randomUUID()}`;
  await startKilled(root, []);
  const log: string[] = [];
  const say = (message: string): void => void log.push(message);
  const logger: Logger = { debug: say, info: say, warn: say };
  for (const _ of ['first', 'again'])
    await endPredecessors({ root, node: 'node1' }, { clock: systemClock, logger });
  expect(log).toEqual(['an agent of this name was killed here; its temporary files were removed']);
});
