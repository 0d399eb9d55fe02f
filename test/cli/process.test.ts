import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';

// The program as a process of its own, built by its launcher: streams, signals and exit codes.

const LAUNCHER = new URL('../../orchestrate', import.meta.url).pathname;

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

function launch(argv: readonly string[]) {
  const started = spawn(LAUNCHER, argv, { stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
  child = started;
  let stderr = '';
  started.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
  });
  return {
    started,
    ended: once(started, 'close').then(([code]) => ({ code, stderr: stderr.replace(LAUNCHING, '') })),
  };
}

/** What the launcher says when this test is the first start after a change. */
const LAUNCHING = /^orchestrate: building \.\.\.\n/;

describe('the first interrupt', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends in good order', { timeout: 60_000 }, async (signal) => {
    const { started, ended } = launch(['broker', '--port', '0']);
    await once(started.stdout, 'data');
    started.kill(signal);
    expect(await ended).toEqual({ code: 0, stderr: '' });
  });
});

describe('a closed pipe is no error', () => {
  it('what was asked for is still done', { timeout: 60_000 }, async () => {
    const { started, ended } = launch(['config']);
    started.stdout.destroy();
    expect(await ended).toEqual({ code: 0, stderr: '' });
  });

  it('| head -1', { timeout: 60_000 }, async () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours
    const script = '"$0" --help | head -n 1; echo "${PIPESTATUS[0]}"';
    const shell = spawn('bash', ['-c', script, LAUNCHER], { stdio: ['ignore', 'pipe', 'pipe'] });
    child = shell;
    const [stdout, stderr] = await Promise.all([textOf(shell.stdout), textOf(shell.stderr)]);
    expect(stdout).toBe('Usage: orchestrate [options]\n0\n');
    expect(stderr.replace(LAUNCHING, '')).toBe('');
  });
});

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of stream) text += String(piece);
  return text;
}
