import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { AppError, systemClock } from '../../base/index.ts';
import { isGroupName, parseNodeName } from '../../protocol/index.ts';
import { runNodeAgent } from '../compose/node-agent.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import { createLogger } from '../logger.ts';
import type { SettingsRequest } from '../options.ts';

export interface AgentRequest {
  /** As given; not checked yet. */
  readonly name: string;
  /** As given; not checked yet. */
  readonly groups: readonly string[];
  /** The user's node script. */
  readonly functionsFile: string;
  readonly sessionFile: string | undefined;
  readonly settings: SettingsRequest;
}

/** An agent until TERMINATE or an interrupt, which is how it ends well. */
export async function agentAction(request: AgentRequest, context: CliContext): Promise<ExitCode> {
  const configuration = loadSettings(request.settings, context);
  const { workingDirectory, signal, output } = context;
  await runNodeAgent(configuration, {
    node: checkedName(request.name),
    groups: request.groups.map(checkedGroup),
    scriptFile: existingScript(request.functionsFile, workingDirectory),
    workingDirectory,
    sessionFile: request.sessionFile && resolve(workingDirectory, request.sessionFile),
    clock: systemClock,
    logger: createLogger(output.stderr, configuration.settings),
    signal,
  });
  return EXIT.ok;
}

const NAME_HINT = 'a name has letters, digits, _ . and -, and begins with a letter or a digit';

function checkedName(name: string) {
  const node = parseNodeName(name);
  if (node === undefined)
    throw new AppError('USAGE', `"${name}" cannot be the name of a node`, { hint: NAME_HINT });
  return node;
}

function checkedGroup(group: string): string {
  if (isGroupName(group)) return group;
  throw new AppError('USAGE', `"${group}" cannot be the name of a group`, { hint: NAME_HINT });
}

/** Said before connecting: an agent without its script would refuse every command. */
function existingScript(file: string, workingDirectory: string): string {
  const path = resolve(workingDirectory, file);
  if (existsSync(path)) return path;
  throw new AppError('NODE_SCRIPT_MISSING', `there is no node script ${path}`, {
    hint: 'name it with --functions FILE, or start the agent in the folder where functions.sh is',
  });
}
