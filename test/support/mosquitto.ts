import { freePort } from './free-port.ts';
import { startServerProgram } from './server-program.ts';

export interface Mosquitto {
  readonly port: number;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
  /** The same by SIGKILL: nobody is told anything. */
  kill(): Promise<void>;
}

interface MosquittoOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Its queues: without a limit, as we ask for, or with those that it has unless told otherwise. Default: none. */
  readonly limits?: 'none' | 'default';
  /** False, as it is unless told otherwise: Nagle's algorithm holds up what follows an unacknowledged segment. Default true. */
  readonly noDelay?: boolean;
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
      // It cannot say which port it took, so it has to be told one.
      return await launch(await freePort(), options);
    } catch (thrown) {
      // Another program may have taken the port meanwhile.
      if (attempt === TRIES) throw thrown;
    }
  }
}

async function launch(
  port: number,
  { limits = 'none', noDelay = true, config = '', files = {} }: Omit<MosquittoOptions, 'port'>,
): Promise<Mosquitto> {
  const lines = [
    'user root',
    'log_dest stderr',
    `set_tcp_nodelay ${noDelay}`,
    ...(limits === 'none' ? ['max_queued_messages 0', 'max_inflight_messages 0'] : []),
    `listener ${port} 127.0.0.1`,
    config.includes('allow_anonymous') ? '' : 'allow_anonymous true',
    config,
  ];
  const { stop, kill } = await startServerProgram({
    file: '/usr/sbin/mosquitto',
    args: ['-c', 'mosquitto.conf'],
    ready: /mosquitto version \S+ running/,
    files: { ...files, 'mosquitto.conf': `${lines.join('\n')}\n` },
  });
  return { port, stop, kill };
}
