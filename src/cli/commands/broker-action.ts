import { AppError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { BrokerRequest } from './broker.ts';

export async function brokerAction(_request: BrokerRequest, _context: CliContext): Promise<ExitCode> {
  throw new AppError('NOT_AVAILABLE', 'broker is not available in this version');
}
