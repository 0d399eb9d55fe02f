import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createHostNamespaces,
  createKey,
  createLabHost,
  type HostOptions,
  type LabHost,
} from './host-lab/lab-host.ts';
import { createNamespaces, type Namespaces } from './host-lab/namespaces.ts';
import { CONTROL_ADDRESS, connectHosts, type Plug } from './host-lab/networks.ts';
import { writePasswd } from './host-lab/passwd.ts';

export type { HostOptions, LabHost } from './host-lab/lab-host.ts';
export { whyNoHosts } from './host-lab/why-no-hosts.ts';

/** A control machine and hosts, on a control network and a test network that nobody else is on. */
export interface HostLab {
  /** The control machine: a network and a ~/.ssh of its own; files and processes of this machine. */
  readonly control: Namespaces;
  /** Of the control machine, and so of a broker on it. */
  readonly controlAddress: string;
  /** Of whoever sits at the control machine. */
  readonly home: string;
  /** What ssh reads there: who it is, and whom it knows. */
  readonly sshConfig: string;
  readonly host: (name: string) => LabHost;
  readonly hosts: readonly LabHost[];
  /** Takes everything down. It also goes when this process ends, however that happens. */
  close(): Promise<void>;
}

interface Machine {
  readonly options: HostOptions;
  readonly number: number;
  readonly namespaces: Namespaces;
}

/** Of folders; the process that they belong to comes next. */
const PREFIX = 'host-lab-';
/** Of addresses, so that one is not mistaken for the number of a host. */
const FIRST_NUMBER = 11;
const MEGABITS_PER_SECOND = 100;

/** Needs root, and what `whyNoHosts` looks for. sshd listens on every host. */
export async function startHostLab(wanted: readonly HostOptions[]): Promise<HostLab> {
  await removeStale();
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const opened: Namespaces[] = [];
  const open = async (creating: Promise<Namespaces>): Promise<Namespaces> => {
    const namespaces = await creating;
    opened.push(namespaces);
    return namespaces;
  };
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((each) => each.close()));
    await rm(folder, { recursive: true, force: true });
  };

  try {
    const control = await open(createNamespaces(['network', 'mount']));
    const middle = await open(createNamespaces(['network']));
    const machines = await Promise.all(
      wanted.map(async (options, index) => ({
        options,
        number: FIRST_NUMBER + index,
        namespaces: await open(createHostNamespaces()),
      })),
    );
    await connectHosts(control, middle, machines.map(plugOf));
    const home = join(folder, 'home');
    const visitor = await createVisitor(home);
    const hosts = await Promise.all(
      machines.map((machine) =>
        createLabHost({ ...machine, control, folder: join(folder, machine.options.name), visitor }),
      ),
    );
    await learnHostKeys(home, hosts);
    await moveHome(control, home, folder);
    await Promise.all(hosts.map((host) => host.startSsh()));
    const byName = new Map(hosts.map((host) => [host.name, host]));
    return {
      control,
      controlAddress: CONTROL_ADDRESS,
      home,
      sshConfig: join(home, '.ssh/config'),
      hosts,
      host(name) {
        const host = byName.get(name);
        if (!host) throw new Error(`this lab has no host ${name}`);
        return host;
      },
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** What labs have left behind whose process did not live to do it. */
async function removeStale(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function plugOf({ options, number, namespaces: host }: Machine): Plug {
  return { host, number, megabitsPerSecond: options.megabitsPerSecond ?? MEGABITS_PER_SECOND };
}

/** With a key of his own; its public half. */
async function createVisitor(home: string): Promise<string> {
  const key = join(home, '.ssh/key');
  await createKey(key);
  return readFile(`${key}.pub`, 'utf8');
}

/** As if somebody had been on every host before. */
async function learnHostKeys(home: string, hosts: readonly LabHost[]): Promise<void> {
  const folder = join(home, '.ssh');
  const lines = hosts.map(async (host) => `${host.controlAddress} ${await host.hostKey()}`);
  await writeFile(join(folder, 'known_hosts'), (await Promise.all(lines)).join(''));
  const config = [
    'Host *',
    'User root',
    `IdentityFile ${folder}/key`,
    'IdentitiesOnly yes',
    `UserKnownHostsFile ${folder}/known_hosts`,
    'GlobalKnownHostsFile /dev/null',
  ];
  await writeFile(join(folder, 'config'), `${config.join('\n')}\n`);
}

/** ssh looks for its ~ in /etc/passwd, whatever HOME says. */
async function moveHome(control: Namespaces, home: string, folder: string): Promise<void> {
  const passwd = join(folder, 'passwd');
  await writePasswd(passwd, { home });
  await control.must(['mount', '--bind', passwd, '/etc/passwd']);
}
