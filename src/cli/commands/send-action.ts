import { AppError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { SendRequest } from './send.ts';

export async function sendAction(request: SendRequest, context: CliContext): Promise<ExitCode> {
  loadSettings(request.settings, context);
  throw new AppError('NOT_AVAILABLE', 'send is not available in this version');
}
