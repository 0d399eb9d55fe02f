import { runAgent } from '../../agent/index.ts';
import type { Configuration } from '../../config/index.ts';
import type { NodeName } from '../../protocol/index.ts';
import { VERSION } from '../version.ts';
import { type ConnectionTools, createTransport } from './connection.ts';

interface NodeAgentOptions extends ConnectionTools {
  readonly node: NodeName;
  readonly groups: readonly string[];
  /** Absolute path of the node script. */
  readonly scriptFile: string;
  readonly workingDirectory: string;
  /** Absolute path of a file that says pid and session while the agent lives. */
  readonly sessionFile?: string | undefined;
  readonly signal: AbortSignal;
}

/** Never seen by a node script, whatever the agent's own environment holds. */
const WITHHELD = ['MQTT_PASSWORD', 'MQTT_USERNAME'];

/** Runs the agent of one node on the configured broker, until TERMINATE or the signal. */
export function runNodeAgent(
  { settings, userVariables }: Configuration,
  options: NodeAgentOptions,
): Promise<void> {
  const { broker, rootTopic } = settings;
  const { clock, logger } = options;
  return runAgent({
    ...options,
    root: rootTopic,
    version: VERSION,
    environment: {
      ...Object.fromEntries(userVariables),
      MQTT_SERVER: broker.host,
      MQTT_PORT: String(broker.port),
      MQTT_TOPIC: rootTopic,
      MY_TOPIC: options.node,
    },
    withheld: WITHHELD,
    createTransport: (clientId, will) => createTransport(settings, { clientId, will }, { clock, logger }),
  });
}
