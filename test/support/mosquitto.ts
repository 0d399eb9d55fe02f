import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Mosquitto {
  readonly port: number;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

interface MosquittoOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Its queues: without a limit, as we ask for, or with those that it has unless told otherwise. Default: none. */
  readonly limits?: 'none' | 'default';
  /** More lines for its configuration; they belong to the listener. */
  readonly config?: string;
  /** Files for the configuration to name, written to its directory, where it also runs. Name → contents. */
  readonly files?: Readonly<Record<string, string>>;
}

const TRIES = 3;

/** A real mosquitto on 127.0.0.1; resolves when it listens. */
export async function startMosquitto({ port, ...options }: MosquittoOptions = {}): Promise<Mosquitto> {
  if (port !== undefined) return launch(port, options);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch(await freePort(), options);
    } catch (thrown) {
      // Another program may have taken the port meanwhile.
      if (attempt === TRIES) throw thrown;
    }
  }
}

async function launch(
  port: number,
  { limits = 'none', config = '', files = {} }: Omit<MosquittoOptions, 'port'>,
): Promise<Mosquitto> {
  const directory = await mkdtemp(join(tmpdir(), 'mosquitto-'));
  const lines = [
    'user root',
    'log_dest stderr',
    'set_tcp_nodelay true',
    ...(limits === 'none' ? ['max_queued_messages 0', 'max_inflight_messages 0'] : []),
    `listener ${port} 127.0.0.1`,
    config.includes('allow_anonymous') ? '' : 'allow_anonymous true',
    config,
  ];
  await writeFile(join(directory, 'mosquitto.conf'), `${lines.join('\n')}\n`);
  for (const [name, contents] of Object.entries(files)) await writeFile(join(directory, name), contents);

  const child = spawn('/usr/sbin/mosquitto', ['-c', 'mosquitto.conf'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilRunning(child);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { port, stop };
}

function untilRunning(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (/mosquitto version \S+ running/.test(log)) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`mosquitto ended with ${code}:\n${log}`)));
  });
}

/** Free a moment ago: mosquitto cannot say which port it took, so it has to be told one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
