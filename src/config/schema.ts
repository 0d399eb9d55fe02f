import * as z from 'zod';
import {
  boolean,
  brokerAddress,
  brokerTimeouts,
  duration,
  durationOrOff,
  positiveDuration,
  reporter,
  rootTopic,
  text,
  textOrOff,
} from './values.ts';

/** What a person needs to know of a key, beside its default: the source of the sample file and of the reference. */
export interface SettingAbout {
  /**
   * The environment variable that sets the key. A name that many programs use (DEBUG, TIMEOUT) has a prefix there, so
   * that what is meant for others does not reach us.
   */
  readonly environment: string;
  /** The option of the command line that sets it. */
  readonly flag?: string;
  /** What can be written. */
  readonly form: string;
  /** What it is for: sentences. */
  readonly purpose: string;
  /** Never shown, and never given to a node's shell. */
  readonly isSecret?: true;
}

const about = z.registry<SettingAbout>();

/** Every configuration key: how its text is read, what stands for it when nobody sets it, and what it is for. */
export const settingsSchema = z.object({
  MQTT_SERVER: brokerAddress.prefault('127.0.0.1').register(about, {
    environment: 'MQTT_SERVER',
    flag: '-m',
    form: 'HOST, HOST:PORT, or a URL with mqtt://, mqtts://, ws:// or wss://',
    purpose:
      'The broker. Ports that are not named are 1883, 8883, 80 and 443. A URL may hold user:password@, percent-encoded; these win over MQTT_USERNAME and MQTT_PASSWORD.',
  }),
  MQTT_TOPIC: rootTopic.prefault('testlab').register(about, {
    environment: 'MQTT_TOPIC',
    flag: '-t',
    form: 'one or more levels, such as testlab or site/lab2',
    purpose: 'The root of all topics. Control machine and agents must have the same.',
  }),
  MQTT_USERNAME: text.optional().register(about, {
    environment: 'MQTT_USERNAME',
    form: 'text',
    purpose: 'The user to log in with at the broker.',
  }),
  MQTT_PASSWORD: text.optional().register(about, {
    environment: 'MQTT_PASSWORD',
    form: 'text',
    purpose: 'The password of that user. It is never shown, and never given to a node script.',
    isSecret: true,
  }),
  MQTT_CAFILE: text.optional().register(about, {
    environment: 'MQTT_CAFILE',
    form: 'a file of certificates (PEM)',
    purpose:
      'The authorities that mqtts:// and wss:// brokers are checked against, instead of the well-known ones.',
  }),
  INVENTORY: text.optional().register(about, {
    environment: 'ORCHESTRATE_INVENTORY',
    flag: '--inventory',
    form: "an inventory of Ansible's",
    purpose:
      'The nodes, their groups, addresses and variables. Without one, `*` and groups are the agents that answer.',
  }),
  USE_ANSIBLE: boolean.prefault('false').register(about, {
    environment: 'USE_ANSIBLE',
    flag: '-a',
    form: 'true or false',
    purpose: 'Deploy the agents with Ansible first. Not available in this version.',
  }),
  ANSIBLE_PLAYBOOK: text.prefault('ansible.deploy.yaml').register(about, {
    environment: 'ANSIBLE_PLAYBOOK',
    flag: '-a',
    form: 'a file',
    purpose: 'The Ansible playbook that deploys the agents. Not used in this version.',
  }),
  USE_SSH: boolean.prefault('false').register(about, {
    environment: 'USE_SSH',
    flag: '-s',
    form: 'true or false',
    purpose: 'Bring the agents to the hosts with ssh before a run.',
  }),
  SSH_CONFIG: text.optional().register(about, {
    environment: 'SSH_CONFIG',
    flag: '--ssh-config',
    form: 'a file',
    purpose: 'The configuration of ssh, instead of ~/.ssh/config: what ssh -F takes.',
  }),
  DEBUG: boolean.prefault('false').register(about, {
    environment: 'ORCHESTRATE_DEBUG',
    flag: '-d',
    form: 'true or false',
    purpose: 'Say in detail what happens.',
  }),
  TIMEOUT: duration.prefault('300s').register(about, {
    environment: 'ORCHESTRATE_TIMEOUT',
    flag: '--timeout',
    form: 'a duration; 0: for ever',
    purpose:
      'The longest wait of a WAITFOR without its own TIMEOUT, and for the results of all commands at the end.',
  }),
  ACK_TIMEOUT: positiveDuration.prefault('10s').register(about, {
    environment: 'ORCHESTRATE_ACK_TIMEOUT',
    flag: '--ack-timeout',
    form: 'a duration',
    purpose: 'How soon an agent must acknowledge a command. Time without the broker does not count.',
  }),
  OFFLINE_GRACE: duration.prefault('2s').register(about, {
    environment: 'ORCHESTRATE_OFFLINE_GRACE',
    flag: '--offline-grace',
    form: 'a duration',
    purpose: 'How long a node may be away before it counts as lost.',
  }),
  BROKER_TIMEOUT: brokerTimeouts.prefault('10s/120s').register(about, {
    environment: 'ORCHESTRATE_BROKER_TIMEOUT',
    flag: '--broker-timeout',
    form: 'two durations START/GONE, or one for both',
    purpose: 'How long to try to reach the broker: at the start, and when it is gone during a run.',
  }),
  LEASE: durationOrOff.prefault('15s').register(about, {
    environment: 'ORCHESTRATE_LEASE',
    flag: '--lease',
    form: 'a duration, or off',
    purpose: 'A node that hears nothing of the run for so long stops what the run started there.',
  }),
  REPORTER: reporter.prefault('plain').register(about, {
    environment: 'ORCHESTRATE_REPORTER',
    flag: '--reporter',
    form: 'plain, quiet or ndjson',
    purpose: 'How a run is told: a line per step, the end alone, or one JSON event per line.',
  }),
  RUNS_DIR: textOrOff.prefault('runs').register(about, {
    environment: 'ORCHESTRATE_RUNS_DIR',
    flag: '--runs-dir',
    form: 'a folder, or off',
    purpose: 'Where each run leaves a folder with what happened in it.',
  }),
});

export type SettingKey = keyof typeof settingsSchema.shape;

export const SETTING_KEYS = Object.keys(settingsSchema.shape) as readonly SettingKey[];

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settingsSchema.shape, key);
}

/** @throws Error when a key was declared without it: a mistake of ours. */
export function settingAbout(key: SettingKey): SettingAbout {
  const found = about.get(settingsSchema.shape[key]);
  if (!found) throw new Error(`the configuration key ${key} is not documented`);
  return found;
}

/** The text that stands for the key when nobody sets it; undefined: nothing does. */
export function settingDefault(key: SettingKey): string | undefined {
  const schema = settingsSchema.shape[key];
  return schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined;
}
