import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';
import { startServerProgram } from './server-program.ts';

/** A real sshd that lets one key of its own in, as whoever runs the tests. */
export interface SshServer {
  readonly address: string;
  readonly port: number;
  /** HOME of whoever logs in. */
  readonly home: string;
  /** `ssh-ed25519 …`: what a known_hosts file has of it. */
  readonly hostKey: string;
  /** The private key that it lets in. */
  readonly keyFile: string;
  /** Ends it, but not what was started through it, and removes its files. */
  stop(): Promise<void>;
}

interface SshServerOptions {
  /** Where it listens. Default 127.0.0.1. */
  readonly address?: string;
  /** Default: a free one. */
  readonly port?: number;
  /** Of whoever logs in, instead of what sshd would set. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Words before sshd itself, such as those that enter a network namespace. */
  readonly within?: readonly string[];
  /** More lines for its configuration. */
  readonly config?: string;
  /** A shell that runs what is asked for, instead of the user's: `busybox sh`. */
  readonly shell?: string;
}

/** Resolves when it listens. */
export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const { address = '127.0.0.1', environment = {}, within = [], config = '', shell } = options;
  const port = options.port ?? (await freePort());
  const directory = await mkdtemp(join(tmpdir(), 'sshd-'));
  const at = (name: string): string => join(directory, name);
  const home = at('home');
  await mkdir(home);
  await Promise.all([createKey(at('host_key')), createKey(at('user_key'))]);
  await writeFile(at('authorized_keys'), await readFile(at('user_key.pub')));
  const variables = Object.entries({ HOME: home, ...environment });
  const lines = [
    `ListenAddress ${address}`,
    `Port ${port}`,
    `HostKey ${at('host_key')}`,
    `AuthorizedKeysFile ${at('authorized_keys')}`,
    `PidFile ${at('pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    'MaxStartups 100',
    'MaxSessions 100',
    `SetEnv ${variables.map(([name, value]) => `"${name}=${value}"`).join(' ')}`,
    ...(shell === undefined ? [] : [`ForceCommand cd && exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`]),
    config,
  ];
  await writeFile(at('sshd_config'), `${lines.join('\n')}\n`);
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const [file = '', ...args] = [...within, '/usr/sbin/sshd', '-D', '-e', '-f', at('sshd_config')];
  const server = await startServerProgram({ file, args, ready: /Server listening on/, files: {} });
  const [, type = '', key = ''] = /^(\S+) (\S+)/.exec(await readFile(at('host_key.pub'), 'utf8')) ?? [];
  return {
    address,
    port,
    home,
    hostKey: `${type} ${key}`,
    keyFile: at('user_key'),
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Text of an ssh configuration that knows these servers by name, and nobody else. */
export function sshConfigOf(servers: Readonly<Record<string, SshServer>>, knownHostsFile: string): string {
  const blocks = Object.entries(servers).map(
    ([name, { address, port, keyFile }]) =>
      `Host ${name}\n  HostName ${address}\n  Port ${port}\n  HostKeyAlias ${name}\n  IdentityFile ${keyFile}\n`,
  );
  const common = [
    `UserKnownHostsFile ${knownHostsFile}`,
    'GlobalKnownHostsFile none',
    'IdentitiesOnly yes',
    'IdentityAgent none',
    'StrictHostKeyChecking yes',
  ];
  return `${blocks.join('')}Host *\n${common.map((line) => `  ${line}\n`).join('')}`;
}

/** Writes that configuration and its known_hosts into a folder, and says where. */
export async function writeSshConfig(
  folder: string,
  servers: Readonly<Record<string, SshServer>>,
): Promise<string> {
  const known = Object.entries(servers).map(([name, { hostKey }]) => `${name} ${hostKey}\n`);
  const knownHostsFile = join(folder, 'known_hosts');
  const configFile = join(folder, 'ssh_config');
  await writeFile(knownHostsFile, known.join(''));
  await writeFile(configFile, sshConfigOf(servers, knownHostsFile));
  await chmod(configFile, 0o600);
  return configFile;
}

async function createKey(file: string): Promise<void> {
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
}
