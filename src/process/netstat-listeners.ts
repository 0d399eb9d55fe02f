import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { errorMessage } from '../base/index.ts';
import type { Listener, Listeners } from './listeners.ts';

/** The listening sockets of systems without /proc. Everywhere netstat tells those of all users, as lsof does not. */
export async function netstatListeners(command = 'netstat'): Promise<Listeners> {
  try {
    const { stdout } = await promisify(execFile)(command, ['-an'], {
      encoding: 'latin1',
      env: { ...process.env, LC_ALL: 'C' },
      timeout: 5000,
      maxBuffer: 16 * 1024 * 1024,
    });
    return { kind: 'known', listeners: parseNetstat(stdout) };
  } catch (thrown) {
    return { kind: 'unknown', reason: `${command} does not tell: ${errorMessage(thrown)}` };
  }
}

/** As in `tcp4  0  0  127.0.0.1.5201  *.*  LISTEN`; elsewhere with `:` before the port. */
const LISTENING = /^tcp\S*\s+\d+\s+\d+\s+(\S+)[.:](\d+)\s+\S+\s+LISTEN\b/gm;

export function parseNetstat(text: string): readonly Listener[] {
  return [...text.matchAll(LISTENING)].map(([, address = '', port]) => ({ address, port: Number(port) }));
}
