import { createHash } from 'node:crypto';
import { AppError } from '../base/index.ts';
import { type BrokerUrl, formatBrokerUrl } from '../transport/index.ts';
import type { AgentKind, HostFacts } from './model.ts';
import { shellWord, systemdPath, systemdWord } from './quoting.ts';

/** A file as it lies in the folder of a node. */
export interface LaidFile {
  readonly name: string;
  /** Octal digits, as chmod takes them. */
  readonly mode: string;
  readonly contents: Uint8Array;
}

/** What an agent is to be: the same for every way by which it comes to a host. */
export interface AgentSpec {
  readonly node: string;
  /** In the order of the inventory. */
  readonly groups: readonly string[];
  readonly kind: AgentKind;
  /** Of the host: an absolute path, or `sh`. */
  readonly interpreter: string;
  readonly config: NodeConfig;
  /** Contents of `agent.cjs` or `agent.sh`. */
  readonly program: Uint8Array;
  /** Contents of the node script. */
  readonly script: Uint8Array;
}

/** How the agent reaches its broker, and what the node script gets to know. */
export interface NodeConfig {
  /** As the host reaches it. */
  readonly broker: BrokerUrl;
  readonly rootTopic: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Certificates (PEM). */
  readonly ca: string | undefined;
  readonly userVariables: ReadonlyMap<string, string>;
}

const PROGRAM_NAMES = { node: 'agent.cjs', shell: 'agent.sh' } as const satisfies Record<AgentKind, string>;

/** Every file of a node's folder that is brought there, the manifest last: docs/guides/deploying.md has the table. */
export function layOut(spec: AgentSpec): readonly LaidFile[] {
  const { kind, config } = spec;
  const files: LaidFile[] = [
    { name: PROGRAM_NAMES[kind], mode: kind === 'node' ? '644' : '755', contents: spec.program },
    { name: 'functions.sh', mode: '644', contents: spec.script },
    { name: 'global.config', mode: '600', contents: textBytes(configText(config)) },
    { name: 'run', mode: '755', contents: textBytes(runText(spec)) },
    ...(config.ca === undefined ? [] : [{ name: 'ca.pem', mode: '644', contents: textBytes(config.ca) }]),
  ];
  return [...files, { name: 'manifest', mode: '644', contents: textBytes(manifestText(files)) }];
}

/** What a folder may hold from an earlier deployment, and now has no place any more. */
export function obsoleteNames(files: readonly LaidFile[]): readonly string[] {
  const kept = new Set(files.map(({ name }) => name));
  return [...Object.values(PROGRAM_NAMES), 'ca.pem'].filter((name) => !kept.has(name));
}

export function sumOf(contents: Uint8Array): string {
  return createHash('sha256').update(contents).digest('hex');
}

/** As `sha256sum -c` reads it. */
function manifestText(files: readonly LaidFile[]): string {
  return files.map(({ name, contents }) => `${sumOf(contents)}  ${name}\n`).join('');
}

const LOG_LIMIT_BYTES = 1024 * 1024;

/** The one line that starts the agent, whoever starts it. Node names and groups have no blanks, but who knows of paths. */
function runText({ node, groups, kind, interpreter }: AgentSpec): string {
  const words = [
    interpreter,
    PROGRAM_NAMES[kind],
    ...['--name', node],
    ...groups.flatMap((group) => ['--group', group]),
    ...['--functions', 'functions.sh', '--config', 'global.config', '--session-file', 'session'],
  ];
  return `#!/bin/sh
# Starts the agent of ${node}. Written by mqtt-orchestrate, which replaces it at the next deployment.
CDPATH='' cd -- "$(dirname "$0")" || exit 1
# The log of earlier starts: what is kept of it is at most as long as this.
if [ -f agent.log ] && [ "$(wc -c <agent.log)" -gt ${LOG_LIMIT_BYTES} ]; then
  tail -c ${LOG_LIMIT_BYTES} agent.log >agent.log.1
  chmod 600 agent.log.1
  : >agent.log
fi
exec ${words.map(shellWord).join(' ')}
`;
}

/** A configuration file, for our own reader and for a shell. */
function configText({ broker, rootTopic, username, password, ca, userVariables }: NodeConfig): string {
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['MQTT_SERVER', serverText(broker)],
    ['MQTT_TOPIC', rootTopic],
    ['MQTT_USERNAME', username],
    ['MQTT_PASSWORD', password],
    ['MQTT_CAFILE', ca === undefined ? undefined : 'ca.pem'],
    ...userVariables,
  ];
  const lines = entries.flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${shellWord(onOneLine(key, value))}\n`],
  );
  return `# Written by mqtt-orchestrate, which replaces it at the next deployment.\n${lines.join('')}`;
}

function onOneLine(key: string, value: string): string {
  if (!/(?!\t)\p{Cc}/u.test(value)) return value;
  throw new AppError(
    'CONFIG_INVALID',
    `the value of ${key} has a control character, which no configuration file can have`,
    {
      hint: 'a value is one line of text',
    },
  );
}

/** In the shortest form, which the smallest agent understands too. */
function serverText(broker: BrokerUrl): string {
  const { scheme, host, port } = broker;
  if (scheme !== 'mqtt') return formatBrokerUrl(broker);
  const address = host.includes(':') ? `[${host}]` : host;
  return port === 1883 ? address : `${address}:${port}`;
}

/** The file of the node's service, for the manager that the host has; undefined when it has none that we know. */
export function serviceText(
  node: string,
  { serviceManager, isRoot, folder }: Pick<HostFacts, 'serviceManager' | 'isRoot' | 'folder'>,
): string | undefined {
  switch (serviceManager) {
    case 'systemd':
      return unitText(node, folder, isRoot);
    case 'procd':
      return procdText(node, folder);
    case 'none':
      return undefined;
  }
}

function unitText(node: string, folder: string, isRoot: boolean): string {
  // Said although it goes without saying: it is what gives the agent a HOME.
  const asRoot = isRoot ? 'User=root\n' : '';
  const wantedBy = isRoot ? 'multi-user.target' : 'default.target';
  return `# Written by mqtt-orchestrate.
[Unit]
Description=mqtt-orchestrate agent of ${node}
Wants=network-online.target
After=network-online.target

[Service]
${asRoot}ExecStart=/bin/sh ${systemdWord(`${folder}/run`)}
WorkingDirectory=${systemdPath(folder)}
StandardOutput=append:${systemdPath(folder)}/agent.log
StandardError=append:${systemdPath(folder)}/agent.log
Restart=on-failure
RestartSec=10
TimeoutStopSec=20

[Install]
WantedBy=${wantedBy}
`;
}

function procdText(node: string, folder: string): string {
  return `#!/bin/sh /etc/rc.common
# Written by mqtt-orchestrate: the agent of ${node}.
USE_PROCD=1
START=95
STOP=05

start_service() {
  procd_open_instance
  procd_set_param command /bin/sh -c 'exec /bin/sh "$0" >>"\${0%/*}/agent.log" 2>&1' ${shellWord(`${folder}/run`)}
  procd_set_param respawn 3600 10 0
  procd_set_param term_timeout 20
  procd_close_instance
}
`;
}

function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
