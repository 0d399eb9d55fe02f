import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createNamespaces, type Namespaces, type Said } from './namespaces.ts';
import { controlAddressOf, portOf, testAddressOf } from './networks.ts';
import { writePasswd } from './passwd.ts';

export interface HostOptions {
  readonly name: string;
  /** Of its link to the test network, both ways. Default: 100. */
  readonly megabitsPerSecond?: number;
  /** What its home can take. Default: 1 GiB. */
  readonly homeBytes?: number;
  /** Programs of this machine that the host does not have; `node` is one. Default: none. */
  readonly without?: readonly string[];
  /** Of whoever logs in. Default: the one that root has on this machine. */
  readonly shell?: string;
}

/** A machine made of namespaces: processes, network, home and temporary files of its own; programs of this machine. */
export interface LabHost {
  readonly name: string;
  readonly controlAddress: string;
  readonly testAddress: string;
  /** Runs a shell script there, as if somebody sat at it: over no network. */
  sh(script: string): Promise<Said>;
  /** Command lines of what runs there, but for what makes it a host. */
  processes(): Promise<readonly string[]>;
  /** Files in its home and below /tmp. */
  files(): Promise<readonly string[]>;
  /** Its cable to the control network. */
  unplug(): Promise<void>;
  plugIn(): Promise<void>;
  startSsh(): Promise<void>;
  /** Nobody listens on its port 22 any more; who is connected stays. */
  stopSsh(): Promise<void>;
  /** The key of its sshd, as a line of known_hosts has it. */
  hostKey(): Promise<string>;
  /** As if it had been set up anew: sshd has another key from now on. */
  changeHostKey(): Promise<void>;
}

export interface HostParts {
  readonly options: HostOptions;
  readonly number: number;
  readonly namespaces: Namespaces;
  /** Where its cable ends. */
  readonly control: Namespaces;
  /** Outside, for its sshd; the host sees it as /run/host. */
  readonly folder: string;
  /** A public key: whose it is may log in. */
  readonly visitor: string;
}

const HOME = homedir();
const PATH = '/run/host/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const HOME_BYTES = 1024 ** 3;

/** Here `$@` are the programs that it does not have. */
const FURNISH = `set -eu
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/host /run/sshd
mount --bind "$FOLDER" /run/host
[ ! -e /run/host/bin/node ] || mount --bind "$NODE" /run/host/bin/node
[ ! -e /run/host/passwd ] || mount --bind /run/host/passwd /etc/passwd
for program; do
  for folder in /usr/local/bin /usr/bin /bin /usr/local/sbin /usr/sbin; do
    [ ! -e "$folder/$program" ] || mount --bind /run/host/nothing "$folder/$program"
  done
done
# There is one tree of control groups, and what a host makes in it would outlive it.
[ ! -d /sys/fs/cgroup ] || mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=700,size="$HOME_BYTES" tmpfs "$HOME"
`;

const SSHD_CONFIG = `
HostKey /run/host/host_key
AuthorizedKeysFile /run/host/authorized_keys
PidFile /run/sshd.pid
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
MaxStartups 100
PrintMotd no
SetEnv PATH=${PATH}
Subsystem sftp internal-sftp
`;

/** Without its cables: \`connectHosts\` plugs it in. */
export function createHostNamespaces(): Promise<Namespaces> {
  return createNamespaces(['network', 'mount', 'process']);
}

export async function createLabHost(parts: HostParts): Promise<LabHost> {
  const { options, number, namespaces, control, folder } = parts;
  const { name } = options;
  await writeFiles(parts);
  await furnish(parts);
  const sh: LabHost['sh'] = (script) =>
    namespaces.run(['env', '-i', '-C', HOME, `PATH=${PATH}`, `HOME=${HOME}`, 'sh', '-c', script]);
  const must = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await sh(script);
    if (code !== 0) throw new Error(`on ${name}: ${script}\nended with ${code}: ${stderr}`);
    return stdout;
  };
  const setCable = async (state: 'up' | 'down'): Promise<void> => {
    await control.must(['ip', 'link', 'set', portOf(number), state]);
  };
  const startSsh = async (): Promise<void> => {
    await must('exec /usr/sbin/sshd -f /run/host/sshd_config -E /run/sshd.log');
  };
  const stopSsh = async (): Promise<void> => {
    await must('kill "$(cat /run/sshd.pid)" && while [ -e /run/sshd.pid ]; do sleep 0.02; done');
  };

  return {
    name,
    controlAddress: controlAddressOf(number),
    testAddress: testAddressOf(number),
    sh,
    async processes() {
      // The first one makes it a host, the last one is who asks.
      const all = await must('ps -e -o pid=,args=');
      return linesOf(all)
        .map((line) => line.replace(/^ *\d+ /, ''))
        .filter((line) => !/^(bash -c echo ready|sshd: |\/usr\/sbin\/sshd |sh -c ps |ps -e )/.test(line));
    },
    files: async () => linesOf(await must(`find "$HOME" /tmp -type f`)),
    unplug: () => setCable('down'),
    plugIn: () => setCable('up'),
    startSsh,
    stopSsh,
    hostKey: () => readFile(join(folder, 'host_key.pub'), 'utf8'),
    async changeHostKey() {
      await stopSsh();
      await createKey(join(folder, 'host_key'));
      await startSsh();
    },
  };
}

async function writeFiles({ options, folder, visitor }: HostParts): Promise<void> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(join(folder, 'sshd_config'), SSHD_CONFIG);
  await writeFile(join(folder, 'authorized_keys'), visitor);
  await writeFile(join(folder, 'nothing'), '');
  await chmod(join(folder, 'nothing'), 0o644);
  await createKey(join(folder, 'host_key'));
  if (options.shell !== undefined) await writePasswd(join(folder, 'passwd'), { shell: options.shell });
  if (!options.without?.includes('node')) await writeFile(join(folder, 'bin/node'), '');
}

async function furnish({ options, namespaces, folder }: HostParts): Promise<void> {
  const { homeBytes = HOME_BYTES, without = [] } = options;
  const variables = [
    `FOLDER=${folder}`,
    `NODE=${process.execPath}`,
    `HOME=${HOME}`,
    `HOME_BYTES=${homeBytes}`,
  ];
  await namespaces.must(['env', ...variables, 'sh', '-c', FURNISH, 'sh', ...without]);
}

/** A pair of keys without a passphrase, in place of one that may be there. */
export async function createKey(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  for (const each of [path, `${path}.pub`]) await rm(each, { force: true });
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', path]);
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
