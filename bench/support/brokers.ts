import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startMosquitto } from '../../test/support/mosquitto.ts';
import { PROGRAM } from './program.ts';

export interface BenchBroker {
  readonly port: number;
  stop(): Promise<void>;
}

/** It runs in a process of its own. */
export interface BrokerKind {
  readonly name: string;
  start(): Promise<BenchBroker>;
}

export const EMBEDDED: BrokerKind = { name: 'embedded', start: startEmbedded };
export const MOSQUITTO: BrokerKind = { name: 'mosquitto', start: () => startMosquitto() };

async function startEmbedded(): Promise<BenchBroker> {
  const child = spawn(process.execPath, [PROGRAM, 'broker', '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: '/',
  });
  process.once('exit', () => child.kill('SIGKILL'));
  let said = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    said += text;
    if (said.includes('\n')) break;
  }
  const port = Number(/mqtt:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
