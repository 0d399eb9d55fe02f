import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, sleep } from '../base/index.ts';

/**
 * Groups of processes that nobody leaves by himself, whatever he does to his session, parents, environment or open
 * files: cgroups, version 2. What a member starts is a member. One group for each command.
 */
export interface ControlGroups {
  /** The folder that all the groups are in. */
  readonly directory: string;
  /** From now on, what this process starts belongs to the command. */
  enter(pid: number, commandId: string): void;
  /** From now on it belongs to none. The last command's group is forgotten if nothing is left in it. */
  leave(pid: number): void;
  /** Members of all groups but those of the kept commands, each with its command. */
  members(kept: ReadonlySet<string>): ReadonlyMap<number, string>;
  /** Ends every member, and the groups with them. */
  close(clock: Clock): Promise<void>;
}

/** Undefined where there are no such groups, or where this user may not make any: then other marks must do. */
export function createControlGroups(name: string): ControlGroups | undefined {
  const own = ownDirectory();
  if (own === undefined) return undefined;
  const directory = join(own, name);
  try {
    mkdirSync(directory);
    // From Linux 5.14 on; and only a probe tells whether a process may be moved in and out.
    statSync(join(directory, 'cgroup.kill'));
    return new Groups(own, directory);
  } catch {
    remove(directory);
    return undefined;
  }
}

class Groups implements ControlGroups {
  readonly directory: string;
  readonly #own: string;
  readonly #folders = new Map<string, string>();
  #last: string | undefined;
  #count = 0;

  constructor(own: string, directory: string) {
    this.#own = own;
    this.directory = directory;
  }

  enter(pid: number, commandId: string): void {
    this.#count += 1;
    // A number, since an id comes from outside and may hold anything.
    const folder = join(this.directory, String(this.#count));
    try {
      mkdirSync(folder);
      this.#folders.set(commandId, folder);
      this.#last = commandId;
      move(pid, folder);
    } catch {
      this.#forgetIfEmpty(commandId);
    }
  }

  leave(pid: number): void {
    try {
      move(pid, this.#own);
    } catch {
      // It is gone.
    }
    if (this.#last !== undefined) this.#forgetIfEmpty(this.#last);
  }

  members(kept: ReadonlySet<string>): ReadonlyMap<number, string> {
    const commands = new Map<number, string>();
    for (const [commandId, folder] of this.#folders) {
      if (kept.has(commandId)) continue;
      const members = membersOf(folder);
      if (members.length === 0) this.#forgetIfEmpty(commandId);
      for (const pid of members) commands.set(pid, commandId);
    }
    return commands;
  }

  async close(clock: Clock): Promise<void> {
    for (const folder of this.#folders.values()) kill(folder);
    const deadline = clock.now() + CLOSE_MS;
    while (!removeControlGroups(this.directory) && clock.now() < deadline) await sleep(clock, POLL_MS);
  }

  /** A group that has members cannot be removed. */
  #forgetIfEmpty(commandId: string): void {
    const folder = this.#folders.get(commandId);
    if (folder !== undefined && remove(folder)) this.#folders.delete(commandId);
  }
}

/** Pids of all members of groups that somebody else made, in the folder that they are in. */
export function controlGroupMembers(directory: string): ReadonlySet<number> {
  return new Set(subfolders(directory).flatMap(membersOf));
}

/** Removes the groups in this folder, and the folder, unless something has members. */
export function removeControlGroups(directory: string): boolean {
  for (const folder of subfolders(directory)) remove(folder);
  return remove(directory);
}

/** How long killed members may take to be gone. */
const CLOSE_MS = 1000;
const POLL_MS = 10;

/** The group that this process is in. */
function ownDirectory(): string | undefined {
  try {
    const mount = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/self/mounts', 'utf8'))?.[1];
    const path = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
    return mount === undefined || path === undefined ? undefined : join(mount, path);
  } catch {
    return undefined;
  }
}

function kill(folder: string): void {
  try {
    writeFileSync(join(folder, 'cgroup.kill'), '1');
  } catch {
    // It is empty and gone already.
  }
}

function move(pid: number, folder: string): void {
  writeFileSync(join(folder, 'cgroup.procs'), String(pid));
}

function membersOf(folder: string): readonly number[] {
  try {
    return readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function subfolders(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(directory, name));
  } catch {
    return [];
  }
}

function remove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
