import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { runProgram } from '../../src/process/index.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };

function run(script: string, options: Partial<Parameters<typeof runProgram>[0]> = {}) {
  return runProgram({
    file: 'bash',
    args: ['-c', script],
    clock: systemClock,
    signal: new AbortController().signal,
    ...options,
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a program that is run', () => {
  test('says what it printed, and its exit code', async () => {
    expect(await run('echo out; echo err >&2; exit 3')).toEqual({
      kind: 'exited',
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  test('reads what it is given, and nothing else', async () => {
    expect(await run('cat', { input: 'zwölf\n' })).toMatchObject({ stdout: 'zwölf\n' });
    expect(await run('cat')).toMatchObject({ code: 0, stdout: '' });
  });

  test('gets its arguments as they are', async () => {
    const args = ['%s|', 'a b', '$(id)', '*', ''];
    expect(await run('', { file: 'printf', args })).toMatchObject({ stdout: 'a b|$(id)|*||' });
  });

  test('has the environment and the folder it is given', async () => {
    const environment = { PATH: process.env.PATH, WORD: 'x' };
    const ended = await run('echo "$WORD $HOME"; pwd', { environment, workingDirectory: '/' });
    expect(ended).toMatchObject({ stdout: 'x \n/\n' });
  });

  test('tells its lines as they come, the last one too when it has no end', async () => {
    const lines: string[] = [];
    await run('printf "a\\r\\nb\\nc"; echo d >&2', {
      onLine: (line, stream) => lines.push(`${stream} ${line}`),
    });
    expect(lines.toSorted()).toEqual(['stderr d', 'stdout a', 'stdout b', 'stdout c']);
  });

  test('is said not to have started when there is none', async () => {
    const ended = await run('', { file: 'no-such-program' });
    expect(ended).toEqual({ kind: 'not-started', reason: expect.stringContaining('ENOENT') });
  });

  test('is waited for no longer than it lives, whatever it leaves behind', async () => {
    const ended = await run('sleep 300 & echo $!');
    expect(ended).toMatchObject({ kind: 'exited', code: 0 });
    process.kill(Number(ended.kind === 'exited' && ended.stdout));
  });

  test('that was killed by somebody else says by which signal', async () => {
    expect(await run('kill -KILL $$')).toMatchObject({ kind: 'killed', by: 'SIGKILL' });
  });

  test('ends with all it has started when its time is over', async () => {
    const ended = await run('sleep 300 & echo $!; trap "" TERM; wait; wait', { timeoutMs: 300 });
    expect(ended.kind).toBe('timed-out');
    const child = Number(ended.kind === 'timed-out' && ended.stdout);
    await expect.poll(() => isRunning(child), PATIENCE).toBe(false);
  });

  test('ends with all it has started when it is given up', async () => {
    const given = new AbortController();
    let child = 0;
    const onLine = (line: string): void => {
      child = Number(line);
      given.abort(new Error('given up'));
    };
    await expect(run('sleep 300 & echo $!; wait', { signal: given.signal, onLine })).rejects.toThrow(
      'given up',
    );
    await expect.poll(() => isRunning(child), PATIENCE).toBe(false);
  });

  test('is not started when it was given up before', async () => {
    await expect(run('true', { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });
});
