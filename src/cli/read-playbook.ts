import { type FileHandle, open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AppError, errorMessage } from '../base/index.ts';

/** Far above any playbook that people write; a larger file is not one. */
const LARGEST_PLAYBOOK_BYTES = 16 * 1024 * 1024;

/**
 * The text of a playbook.
 * @param hint how another one is named
 * @throws AppError PLAYBOOK_UNREADABLE
 */
export async function readPlaybook(file: string, workingDirectory: string, hint?: string): Promise<string> {
  try {
    return await readText(resolve(workingDirectory, file));
  } catch (thrown) {
    const message = `cannot read the playbook ${file}: ${reasonOf(thrown)}`;
    throw new AppError('PLAYBOOK_UNREADABLE', message, { hint });
  }
}

async function readText(path: string): Promise<string> {
  // Before it is opened: opening a pipe waits for whoever writes into it, and nothing can end that.
  if ((await stat(path)).isFIFO()) throw new Error('it is a pipe; write the playbook to a file first');
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > LARGEST_PLAYBOOK_BYTES) throw new Error(`it has ${size} bytes, more than any playbook`);
    return await readAtMost(handle, LARGEST_PLAYBOOK_BYTES);
  } finally {
    await handle.close();
  }
}

/** What is no regular file has no size, and may have no end. */
async function readAtMost(handle: FileHandle, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false })) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) throw new Error(`it has more than ${mostBytes} bytes, more than any playbook`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
};

function reasonOf(thrown: unknown): string {
  const { code = '' } = thrown as NodeJS.ErrnoException;
  return REASONS[code] ?? errorMessage(thrown);
}
