import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A temporary folder; whoever asks for it removes it. */
export function createFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'e2e-'));
}
