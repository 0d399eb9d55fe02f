import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { createFifos } from './fifo.ts';
import prelude from './prelude.sh';

const PREFIX = 'mqtt-orchestrate-';

/** Whose a private directory is, for whoever finds it when its agent is gone. */
const Owner = z.object({
  session: z.string(),
  root: z.string(),
  node: z.string(),
  agent: z.string(),
  /** Folder of the control groups, if there are any. */
  groupsDirectory: z.string().optional(),
});
type Owner = z.infer<typeof Owner>;

/** Creates the directory (mode 700) with what a shell needs to start: the prelude, the FIFOs of its news, an empty input. */
export async function createPrivateDirectory(owner: Owner): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), PREFIX));
  await writeFile(join(directory, 'owner.json'), JSON.stringify(owner), { mode: 0o600 });
  await writeFile(join(directory, 'prelude.sh'), prelude, { mode: 0o600 });
  await writeFile(join(directory, 'empty'), '', { mode: 0o600 });
  await createFifos([controlFifo(directory), startsFifo(directory)]);
  return directory;
}

/** Makes all of it look used: cleaners of temporary folders remove what nobody has touched for some days. */
export async function touchPrivateDirectory(directory: string): Promise<void> {
  const now = new Date();
  const names = await readdir(directory);
  // What is removed meanwhile needs no touch.
  await Promise.allSettled(['.', ...names].map((name) => utimes(join(directory, name), now, now)));
}

/** The private directories of this user that say whose they are. */
export function findPrivateDirectories(): readonly (Owner & { readonly directory: string })[] {
  return [...eachPrivateDirectory()];
}

/** The same one after the other, for whoever need not see all. */
export function* eachPrivateDirectory(): Generator<Owner & { readonly directory: string }> {
  for (const name of namesIn(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const directory = join(tmpdir(), name);
    const owner = readOwner(directory);
    if (owner) yield { ...owner, directory };
  }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Undefined for a directory that is just being made, or removed, or that is not ours. */
function readOwner(directory: string): Owner | undefined {
  try {
    const found = lstatSync(directory);
    if (!found.isDirectory() || found.uid !== process.getuid?.()) return undefined;
    return Owner.parse(JSON.parse(readFileSync(join(directory, 'owner.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

export function controlFifo(directory: string): string {
  return join(directory, 'control');
}

/** Where the shell stamps the beginnings of functions that waited for their instant. */
export function startsFifo(directory: string): string {
  return join(directory, 'starts');
}

/** Nothing happens if it is gone already. */
export async function removePrivateDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
