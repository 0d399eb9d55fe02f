import { type Command, InvalidArgumentError } from 'commander';
import type { SettingKey } from '../config/index.ts';

interface SettingOption {
  /** The configuration key that the option sets for this one call. */
  readonly key: SettingKey;
  readonly flags: string;
  readonly description: string;
}

/**
 * The options that set configuration keys. Their values are not looked at here: the configuration checks them together
 * with those of the environment and the file, and reports all problems at once.
 */
export const SETTING_OPTIONS = {
  mqttserver: {
    key: 'MQTT_SERVER',
    flags: '-m, --mqttserver <broker>',
    description: 'HOST, HOST:PORT or URL (mqtt, mqtts, ws, wss) of the broker (default: 127.0.0.1)',
  },
  mqtttopic: {
    key: 'MQTT_TOPIC',
    flags: '-t, --mqtttopic <topic>',
    description: 'root of all topics, one or more levels (default: testlab)',
  },
  debug: { key: 'DEBUG', flags: '-d, --debug', description: 'say in detail what happens; show stacks' },
  inventory: {
    key: 'INVENTORY',
    flags: '--inventory <file>',
    description: "nodes, groups, addresses, variables: Ansible's inventory; without one: whoever answers",
  },
  ssh: { key: 'USE_SSH', flags: '-s, --ssh', description: 'bring the agents to the hosts with ssh' },
  sshConfig: {
    key: 'SSH_CONFIG',
    flags: '--ssh-config <file>',
    description: 'configuration of ssh, instead of ~/.ssh/config',
  },
  ansible: {
    key: 'USE_ANSIBLE',
    flags: '-a, --ansible [playbook]',
    description: 'deploy with Ansible (not available in this version)',
  },
  timeout: {
    key: 'TIMEOUT',
    flags: '--timeout <duration>',
    description:
      'longest wait of a WAITFOR without its own TIMEOUT, and for results at the end; 0: for ever (default: 300s)',
  },
  ackTimeout: {
    key: 'ACK_TIMEOUT',
    flags: '--ack-timeout <duration>',
    description: 'how soon an agent must acknowledge a command (default: 10s)',
  },
  offlineGrace: {
    key: 'OFFLINE_GRACE',
    flags: '--offline-grace <duration>',
    description: 'how long a node may be away before it counts as lost (default: 2s)',
  },
  brokerTimeout: {
    key: 'BROKER_TIMEOUT',
    flags: '--broker-timeout <duration>',
    description:
      'how long to try to reach the broker, at the start and when it is gone during a run; two values: START/GONE (default: 10s/120s)',
  },
  lease: {
    key: 'LEASE',
    flags: '--lease <duration>',
    description:
      'a node stops what the run started when nothing is heard of the run for so long; or off (default: 15s)',
  },
  reporter: {
    key: 'REPORTER',
    flags: '--reporter <name>',
    description: 'plain, quiet or ndjson (default: plain)',
  },
  runsDir: {
    key: 'RUNS_DIR',
    flags: '--runs-dir <folder>',
    description: 'where each run leaves a folder of its own; or off (default: runs)',
  },
} as const satisfies Record<string, SettingOption>;

export type SettingOptionName = keyof typeof SETTING_OPTIONS;

export const TIMING_OPTIONS = ['timeout', 'ackTimeout', 'offlineGrace', 'brokerTimeout', 'lease'] as const;

/** Where the settings of this call come from, beside the environment. */
export interface SettingsRequest {
  /** As given with `-c`; undefined: `./global.config`, if it is there. */
  readonly configFile: string | undefined;
  /** Texts given on the command line. */
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
}

/** Declares `-m`, `-t`, `-d` and `-c`: which broker, which topic, which configuration. */
export function addConnectionOptions(command: Command): void {
  addSettingOptions(command, ['mqttserver', 'mqtttopic', 'debug']);
  addConfigOption(command);
}

/** Declares the named options. */
export function addSettingOptions(command: Command, names: readonly SettingOptionName[]): void {
  for (const name of names) command.option(SETTING_OPTIONS[name].flags, SETTING_OPTIONS[name].description);
}

/** Gathers what was given of these options, before or behind the command's name. */
export function settingsRequest(command: Command): SettingsRequest {
  const given: Readonly<Record<string, unknown>> = command.optsWithGlobals();
  const flags: Partial<Record<SettingKey, string>> = {};
  for (const [name, { key }] of Object.entries(SETTING_OPTIONS)) {
    const value = given[name];
    if (value !== undefined) flags[key] = name === 'ansible' ? 'true' : String(value);
  }
  if (typeof given.ansible === 'string' && given.ansible !== '') flags.ANSIBLE_PLAYBOOK = given.ansible;
  return { configFile: given.config === undefined ? undefined : String(given.config), flags };
}

/** Declares `-c`, where there is no connection. */
export function addConfigOption(command: Command): void {
  command.option('-c, --config <file>', 'configuration file (default: ./global.config, if it is there)');
}

/** Declares `--limit`, of those whom the inventory has or who are there. */
export function addLimitOption(command: Command): void {
  command.option('--limit <nodes>', 'only these: node1,node[3:5], @group, @a&@b, !node1 (default: all)');
}

const VARIABLE = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;

/** Declares `--var name=value`, repeatable; the last of a name wins. */
export function addVariableOption(command: Command): void {
  command.option(
    '--var <name=value>',
    'a variable of the playbook; repeatable; wins over SET',
    (text: string, before?: ReadonlyMap<string, string>) => {
      const [, name, value] = VARIABLE.exec(text) ?? [];
      if (name === undefined || value === undefined) {
        throw new InvalidArgumentError('Write name=value; a name has letters, digits and _, no digit first.');
      }
      return new Map(before).set(name, value);
    },
  );
}

/** Declares an option that may be given several times. */
export function addRepeatableOption(command: Command, flags: string, description: string): void {
  command.option(flags, description, (text: string, before: readonly string[] = []) => [...before, text]);
}
