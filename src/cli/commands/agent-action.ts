import { AppError } from '../../base/index.ts';
import type { CliContext } from '../context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { AgentRequest } from './agent.ts';

export async function agentAction(request: AgentRequest, context: CliContext): Promise<ExitCode> {
  loadSettings(request.settings, context);
  throw new AppError('NOT_AVAILABLE', 'agent is not available in this version');
}
