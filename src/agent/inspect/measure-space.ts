import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { errorMessage } from '../../base/index.ts';
import type { Inspection } from '../../protocol/index.ts';

type Folder = Inspection['folders'][number];

/** What is free where functions write: in the agent's working folder, and for temporary files. */
export function measureSpace(workingDirectory: string): Promise<Inspection['folders']> {
  return Promise.all([measure('working', workingDirectory), measure('temporary', tmpdir())]);
}

async function measure(use: Folder['use'], folder: string): Promise<Folder> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return { use, folder, freeBytes: bavail * bsize };
  } catch (thrown) {
    return { use, folder, reason: errorMessage(thrown) };
  }
}
