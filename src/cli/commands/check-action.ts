import { AppError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { CheckRequest } from './check.ts';

export async function checkAction(_request: CheckRequest, _context: CliContext): Promise<ExitCode> {
  throw new AppError('NOT_AVAILABLE', 'check is not available in this version');
}
