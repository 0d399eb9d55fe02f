import { type FileHandle, open, stat } from 'node:fs/promises';
import { errorMessage } from '../base/index.ts';

/** Far above anything that people write by hand; a larger file is not one. */
const LARGEST_BYTES = 16 * 1024 * 1024;

/**
 * The text of a file that a person wrote.
 * @param what it is, in the singular
 * @throws Error with the reason as the end of a sentence
 */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await readSmall(path, what);
  } catch (thrown) {
    throw new Error(reasonOf(thrown));
  }
}

async function readSmall(path: string, what: string): Promise<string> {
  // Before it is opened: opening a pipe waits for whoever writes into it, and nothing can end that.
  if ((await stat(path)).isFIFO()) throw new Error(`it is a pipe; write the ${what} to a file first`);
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size > LARGEST_BYTES) throw new Error(`it has ${size} bytes, more than any ${what}`);
    return await readAtMost(handle, what);
  } finally {
    await handle.close();
  }
}

/** What is no regular file has no size, and may have no end. */
async function readAtMost(handle: FileHandle, what: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of handle.createReadStream({ autoClose: false })) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > LARGEST_BYTES)
      throw new Error(`it has more than ${LARGEST_BYTES} bytes, more than any ${what}`);
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
