import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { runProgram } from '../../src/process/index.ts';
import { startSshServer, writeSshConfig } from './ssh-server.ts';

test.each([
  ['the shell of the user', undefined],
  ['another shell', 'busybox sh'],
])('a real sshd lets its key in, with a HOME of its own, and %s', async (_, shell) => {
  const server = await startSshServer({ shell, environment: { PATH: '/usr/bin:/bin', WORD: 'a b' } });
  const folder = await mkdtemp(join(tmpdir(), 'ssh-'));
  onTestFinished(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });
  const configFile = await writeSshConfig(folder, { box: server });
  const ended = await runProgram({
    file: 'ssh',
    args: ['-F', configFile, '-o', 'BatchMode=yes', 'box', 'echo "$HOME|$WORD|$PATH"; cat'],
    input: 'read\n',
    clock: systemClock,
    signal: new AbortController().signal,
  });
  expect(ended).toMatchObject({ code: 0, stdout: `${server.home}|a b|/usr/bin:/bin\nread\n`, stderr: '' });
});
