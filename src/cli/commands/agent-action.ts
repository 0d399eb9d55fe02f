import { AppError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';

export interface AgentRequest {
  /** As given; not checked yet. */
  readonly name: string;
  /** As given; not checked yet. */
  readonly groups: readonly string[];
  /** The user's node script. */
  readonly functionsFile: string;
  readonly settings: SettingsRequest;
}

export async function agentAction(request: AgentRequest, context: CliContext): Promise<ExitCode> {
  loadSettings(request.settings, context);
  throw new AppError('NOT_AVAILABLE', 'agent is not available in this version');
}
