import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { createMemoryBroker } from '../../src/transport/index.ts';
import { startTestAgent } from './test-agent.ts';
import { type Connect, startControl } from './test-control.ts';

const broker = createMemoryBroker();
const connect: Connect = (clientId, will) =>
  broker.connect({ clientId, ...(will && { will }), clock: systemClock });

let sessionFile: string;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'session-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  sessionFile = join(folder, 'session');
});
const read = (): string => readFileSync(sessionFile, 'utf8');

test('says pid and session while the agent lives, for its owner only, and is gone after it', async () => {
  const control = await startControl(connect);
  const agent = startTestAgent(connect, '', { sessionFile });
  const { session } = await control.report();
  expect(read()).toBe(`${process.pid} ${session}\n`);
  expect(statSync(sessionFile).mode & 0o777).toBe(0o600);
  expect(readdirSync(dirname(sessionFile))).toEqual(['session']);
  await agent.end();
  expect(existsSync(sessionFile)).toBe(false);
});

test('is there before the agent connects', () => {
  startTestAgent(
    (clientId, will) => {
      expect(read()).toMatch(new RegExp(`^${process.pid} [\\da-f-]{36}\n$`));
      return connect(clientId, will);
    },
    '',
    { sessionFile },
  );
  expect(existsSync(sessionFile)).toBe(true);
});

test('takes the place of one that a killed agent left, and leaves a successor its own', async () => {
  writeFileSync(sessionFile, '1 left\n');
  const agent = startTestAgent(connect, '', { sessionFile });
  expect(read()).not.toBe('1 left\n');
  writeFileSync(sessionFile, '2 later\n');
  await agent.end();
  expect(read()).toBe('2 later\n');
});

test('one that cannot be written ends the agent before it connects', async () => {
  const agent = startTestAgent(connect, '', { sessionFile: join(sessionFile, 'x', 'y') });
  await expect(agent.ended).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  expect(agent.clientId).toBe('');
});
