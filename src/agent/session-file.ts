import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { AppError, errorMessage } from '../base/index.ts';

/**
 * Says in a file which process is the agent and which session is its: `<pid> <session>`, for whoever started it and
 * waits for that session. It appears whole or not at all.
 * @returns removes it, unless a later session has put its own there
 * @throws AppError FILE_UNWRITABLE
 */
export function writeSessionFile(file: string, session: string): () => void {
  const line = `${process.pid} ${session}\n`;
  const fresh = `${file}.${process.pid}`;
  try {
    writeFileSync(fresh, line, { mode: 0o600 });
    renameSync(fresh, file);
  } catch (thrown) {
    rmSync(fresh, { force: true });
    throw new AppError('FILE_UNWRITABLE', `the session file ${file} cannot be written`, {
      hint: 'name another one with --session-file FILE, or leave the option out',
      cause: errorMessage(thrown),
    });
  }
  return () => {
    if (read(file) === line) rmSync(file, { force: true });
  };
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
