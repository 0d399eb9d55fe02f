import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFifos } from './fifo.ts';
import prelude from './prelude.sh';

/** Creates the directory (mode 700) with what a shell needs to start: the prelude, the control FIFO, an empty input. */
export async function createPrivateDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'mqtt-orchestrate-'));
  await writeFile(join(directory, 'prelude.sh'), prelude, { mode: 0o600 });
  await writeFile(join(directory, 'empty'), '', { mode: 0o600 });
  await createFifos([controlFifo(directory)]);
  return directory;
}

export function controlFifo(directory: string): string {
  return join(directory, 'control');
}

/** Nothing happens if it is gone already. */
export async function removePrivateDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
