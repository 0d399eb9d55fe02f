import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Shells that do nothing all the time. Returns how to end them. */
export function startBusyShells(count: number): () => Promise<void> {
  const shells = Array.from({ length: count }, () =>
    spawn('bash', ['--norc', '--noprofile', '-c', 'while :; do :; done'], { stdio: 'ignore' }),
  );
  const kill = (): void => {
    for (const shell of shells) shell.kill('SIGKILL');
  };
  process.once('exit', kill);
  return async () => {
    const ended = shells.map((shell) => once(shell, 'exit'));
    kill();
    await Promise.all(ended);
    process.removeListener('exit', kill);
  };
}
