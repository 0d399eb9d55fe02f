import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../base/index.ts';
import type { Configuration } from '../../config/index.ts';
import type { NodeConfig, Target, WantedAgent } from '../../deploy/index.ts';
import type { InventoryHost } from '../../inventory/index.ts';
import { formatBrokerUrl, parseBrokerUrl } from '../../transport/index.ts';
import { findNodeScript, packageDirectory } from './node-script.ts';

/** A host with what its node is to have. */
export interface WantedHost {
  readonly target: Target;
  readonly wanted: WantedAgent;
}

/**
 * What the hosts are to have: by the configuration, their node scripts, and their variables `mqtt_server` and
 * `mqtt_agent`.
 * @throws AppError NODE_SCRIPT_MISSING, INVENTORY_INVALID, CONFIG_INVALID
 */
export function wantedAgents(
  hosts: readonly InventoryHost[],
  configuration: Configuration,
  { workingDirectory, asService }: { readonly workingDirectory: string; readonly asService: boolean },
): readonly WantedHost[] {
  const programs = readPrograms();
  return hosts.map((host) => ({
    target: targetOf(host),
    wanted: {
      node: host.node,
      groups: host.groups,
      kind: kindOf(host),
      config: configOf(host, configuration),
      script: readFileSync(findNodeScript(host.node, host.groups, workingDirectory)),
      programs,
      asService,
    },
  }));
}

export function targetOf({ node, address, user, port }: InventoryHost): Target {
  return { node, address, user, port };
}

function kindOf({ node, variables }: InventoryHost): WantedAgent['kind'] {
  const text = variables.get('mqtt_agent');
  if (text === undefined || text === 'node' || text === 'shell') return text;
  throw new AppError('INVENTORY_INVALID', `mqtt_agent of ${node} is "${text}"`, {
    hint: 'it is node or shell; without it the agent is chosen by what the host has',
  });
}

function configOf(host: InventoryHost, { settings, userVariables }: Configuration): NodeConfig {
  const own = host.variables.get('mqtt_server');
  const { rootTopic, ca } = settings;
  const shared = { rootTopic, ca, userVariables };
  const parsed = own === undefined ? undefined : parseBrokerUrl(own);
  if (parsed?.kind === 'error') {
    throw new AppError('INVENTORY_INVALID', `mqtt_server of ${host.node}: ${parsed.message}`, {
      hint: 'it is written as -m is: HOST, HOST:PORT or a URL',
    });
  }
  const broker = parsed?.url ?? settings.broker;
  // A loopback address that is said of the host itself may be the end of a tunnel.
  if (own === undefined) assertReachable(host, broker);
  const username = parsed?.credentials?.username ?? settings.username;
  const password = parsed?.credentials ? parsed.credentials.password : settings.password;
  return { ...shared, broker, username, password };
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/i;

/** A broker at 127.0.0.1 is here: on another host that address is the host itself. */
function assertReachable({ node, address }: InventoryHost, broker: NodeConfig['broker']): void {
  if (!LOOPBACK.test(broker.host) || LOOPBACK.test(address)) return;
  throw new AppError(
    'CONFIG_INVALID',
    `${node} cannot reach the broker at ${formatBrokerUrl(broker)}: on ${address} that is the host itself`,
    {
      hint: 'give the address of this machine that the hosts reach, with -m ADDRESS, or as mqtt_server of the host in the inventory',
    },
  );
}

function readPrograms(): WantedAgent['programs'] {
  const here = dirname(fileURLToPath(import.meta.url));
  const built = [here, dirname(here), join(packageDirectory(), 'dist')].map((folder) =>
    join(folder, 'agent.cjs'),
  );
  return {
    node: readFirst(built),
    shell: readFirst([join(packageDirectory(), 'node-scripts', 'agent.sh')]),
  };
}

function readFirst(paths: readonly string[]): Uint8Array | undefined {
  const found = paths.find((path) => existsSync(path));
  return found === undefined ? undefined : readFileSync(found);
}
