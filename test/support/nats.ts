import { startServerProgram } from './server-program.ts';

export interface Nats {
  /** Of its MQTT listener. */
  readonly port: number;
  /** Ends it and removes its files, so that the next one knows nothing of it. */
  stop(): Promise<void>;
  /** The same by SIGKILL: nobody is told anything. */
  kill(): Promise<void>;
}

interface NatsOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** The one user that everybody logs in as. Default: nobody has to log in. */
  readonly login?: { readonly user: string; readonly password: string };
}

/** -1 is any free port, for NATS's own clients too, of whom there are none. */
export async function startNats({ port = -1, login }: NatsOptions = {}): Promise<Nats> {
  const config = {
    server_name: 'test',
    host: '127.0.0.1',
    port: -1,
    jetstream: { store_dir: 'store' },
    mqtt: { host: '127.0.0.1', port },
    ...(login && { authorization: login }),
  };
  const { ready, stop, kill } = await startServerProgram({
    file: '/usr/sbin/nats-server',
    args: ['-c', 'nats.conf'],
    ready: /Listening for MQTT clients on mqtt:\/\/127\.0\.0\.1:(\d+)$.*Server is ready/ms,
    files: { 'nats.conf': JSON.stringify(config) },
  });
  return { port: Number(ready[1]), stop, kill };
}
