import { AppError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';

export interface NodesRequest {
  readonly json: boolean;
  readonly settings: SettingsRequest;
}

export async function nodesAction(request: NodesRequest, context: CliContext): Promise<ExitCode> {
  loadSettings(request.settings, context);
  throw new AppError('NOT_AVAILABLE', 'nodes is not available in this version');
}
