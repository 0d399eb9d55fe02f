import { AppError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';

export interface SendRequest {
  /** A node expression, as in a playbook; not parsed yet. */
  readonly nodes: string;
  /** The words of the message, each one literal. */
  readonly words: readonly string[];
  /** Stop a run that holds a node, instead of failing. */
  readonly takeOver: boolean;
  readonly settings: SettingsRequest;
}

export async function sendAction(request: SendRequest, context: CliContext): Promise<ExitCode> {
  loadSettings(request.settings, context);
  throw new AppError('NOT_AVAILABLE', 'send is not available in this version');
}
