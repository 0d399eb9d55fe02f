import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Who listens on these TCP ports of this machine, as `name (pid)`. Ports of other users' programs may have no owner
 * here, and none has where there is no /proc.
 */
export async function findPortOwners(
  ports: ReadonlySet<number>,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const owners = new Map<number, Set<string>>();
  if (ports.size === 0) return new Map();
  const portOf = await socketsOf(ports);
  for (const pid of await entriesOf('/proc')) {
    if (!/^\d+$/.test(pid) || portOf.size === 0) continue;
    for (const port of await portsHeldBy(pid, portOf)) {
      const names = owners.get(port) ?? new Set();
      owners.set(port, names.add(`${await nameOf(pid)} (${pid})`));
    }
  }
  return new Map([...owners].map(([port, names]) => [port, [...names]]));
}

/** As in `   0: 0100007F:1451 00000000:0000 0A …`, with the inode in the tenth column. */
const LISTENING = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A(?: +\S+){5} +(\d+)/gm;

/** Port of each listening socket, by what a descriptor of it links to. */
async function socketsOf(ports: ReadonlySet<number>): Promise<ReadonlyMap<string, number>> {
  const sockets = new Map<string, number>();
  for (const table of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    for (const [, port = '', inode] of (await textOf(table)).matchAll(LISTENING)) {
      const number = Number.parseInt(port, 16);
      if (ports.has(number)) sockets.set(`socket:[${inode}]`, number);
    }
  }
  return sockets;
}

async function portsHeldBy(pid: string, portOf: ReadonlyMap<string, number>): Promise<ReadonlySet<number>> {
  const ports = new Set<number>();
  for (const descriptor of await entriesOf(`/proc/${pid}/fd`)) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    const port = portOf.get(target);
    if (port !== undefined) ports.add(port);
  }
  return ports;
}

async function nameOf(pid: string): Promise<string> {
  return (await textOf(`/proc/${pid}/comm`)).trimEnd() || 'a program';
}

/** A process may end at any moment, or belong to somebody else. */
function entriesOf(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
