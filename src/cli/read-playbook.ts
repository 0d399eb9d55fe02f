import { resolve } from 'node:path';
import { AppError, errorMessage } from '../base/index.ts';
import { readText } from './read-text.ts';

/**
 * The text of a playbook.
 * @param hint how another one is named
 * @throws AppError PLAYBOOK_UNREADABLE
 */
export async function readPlaybook(file: string, workingDirectory: string, hint?: string): Promise<string> {
  try {
    return await readText(resolve(workingDirectory, file), 'playbook');
  } catch (thrown) {
    const message = `cannot read the playbook ${file}: ${errorMessage(thrown)}`;
    throw new AppError('PLAYBOOK_UNREADABLE', message, { hint });
  }
}
