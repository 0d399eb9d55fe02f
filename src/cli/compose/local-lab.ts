import { setMaxListeners } from 'node:events';
import { AppError, type Logger } from '../../base/index.ts';
import { startBroker } from '../../broker/index.ts';
import type { Configuration } from '../../config/index.ts';
import { type Inventory, mentionedIn, type NodeExpression, selectNodes } from '../../inventory/index.ts';
import type { NodeName } from '../../protocol/index.ts';
import type { CliContext } from '../context.ts';
import type { ConnectionTools } from './connection.ts';
import { runNodeAgent } from './node-agent.ts';
import { findNodeScript } from './node-script.ts';

/** A broker and agents on this machine, for one run. */
export interface LocalLab {
  /** The given configuration, with the lab's broker. */
  readonly configuration: Configuration;
  /** Aborted when an agent cannot go on, with why: then the run cannot either. */
  readonly failure: AbortSignal;
  /** Terminates the agents with all their work, then the broker. Never rejects. */
  close(): Promise<void>;
}

/** Whom the playbook speaks of. */
interface Wanted {
  readonly nodes: readonly NodeExpression[];
  readonly inventory: Inventory | undefined;
}

/** @throws AppError USAGE when it cannot be known which nodes are meant, NODE_SCRIPT_MISSING, LISTEN_FAILED */
export async function startLocalLab(
  wanted: Wanted,
  configuration: Configuration,
  { workingDirectory }: CliContext,
  { clock, logger }: ConnectionTools,
): Promise<LocalLab> {
  const nodes = nodesOf(wanted);
  if (nodes.length === 0) {
    throw new AppError(
      'USAGE',
      '--local starts one agent for each node that the playbook names, and it names none',
      {
        hint: 'name nodes such as node1 in the playbook, or give an --inventory: without one, * and @group stand for agents that run already',
      },
    );
  }
  const scripts = nodes.map((node) => {
    const groups = wanted.inventory?.hosts.get(node)?.groups ?? [];
    return { node, groups, scriptFile: findNodeScript(node, groups, workingDirectory) };
  });
  const broker = await startBroker({ port: 0, logger });
  const { settings } = configuration;
  const local: Configuration = {
    ...configuration,
    settings: {
      ...settings,
      broker: { scheme: 'mqtt', host: broker.host, port: broker.port },
      username: undefined,
      password: undefined,
      ca: undefined,
    },
  };
  const end = new AbortController();
  // Every agent listens to it, more than once: that is no leak.
  setMaxListeners(0, end.signal);
  const failure = new AbortController();
  const agents = scripts.map((script) =>
    runNodeAgent(local, {
      ...script,
      workingDirectory,
      clock,
      logger: quieter(logger, script.node),
      signal: end.signal,
    }).catch((thrown: unknown) => failure.abort(thrown)),
  );
  return {
    configuration: local,
    failure: failure.signal,
    async close() {
      end.abort();
      await Promise.all(agents);
      await broker.close();
    },
  };
}

function nodesOf({ nodes, inventory }: Wanted): readonly NodeName[] {
  if (!inventory) return mentionedIn(nodes).nodes;
  return [...new Set(nodes.flatMap((expression) => selectNodes(expression, inventory)))];
}

/** That an agent connects to the broker beside it is no news. */
function quieter(logger: Logger, node: string): Logger {
  return {
    debug: (message) => logger.debug(`${node}: ${message}`),
    info: (message) => logger.debug(`${node}: ${message}`),
    warn: (message) => logger.warn(`${node}: ${message}`),
  };
}
