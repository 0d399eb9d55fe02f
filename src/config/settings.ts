import type * as z from 'zod';
import type { BrokerUrl } from '../transport/index.ts';
import type { settingsSchema } from './schema.ts';

/** The configuration as the program uses it: typed, checked, frozen. Times are in milliseconds. */
export interface Settings {
  readonly broker: BrokerUrl;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Certificates (PEM) that a TLS broker is checked against; undefined: the well-known authorities. */
  readonly ca: string | undefined;
  readonly rootTopic: string;
  /** As the user named it. */
  readonly inventory: string | undefined;
  readonly useAnsible: boolean;
  readonly ansiblePlaybook: string;
  readonly useSsh: boolean;
  /** As the user named it; undefined: whatever ssh takes. */
  readonly sshConfig: string | undefined;
  readonly debug: boolean;
  /** 0: for ever. */
  readonly timeoutMs: number;
  readonly ackTimeoutMs: number;
  readonly offlineGraceMs: number;
  /** How long to try to reach the broker at the start. */
  readonly brokerConnectTimeoutMs: number;
  /** How long to try to get it back during a run. */
  readonly brokerLostTimeoutMs: number;
  /** Undefined: no lease. */
  readonly leaseMs: number | undefined;
  readonly reporter: 'plain' | 'quiet' | 'ndjson';
  /** Where runs are recorded, as the user named it; undefined: nowhere. */
  readonly runsDirectory: string | undefined;
}

export function createSettings(values: z.output<typeof settingsSchema>, ca: string | undefined): Settings {
  const { url, credentials } = values.MQTT_SERVER;
  return Object.freeze({
    broker: Object.freeze(url),
    username: credentials?.username ?? values.MQTT_USERNAME,
    password: credentials?.password ?? values.MQTT_PASSWORD,
    ca,
    rootTopic: values.MQTT_TOPIC,
    inventory: values.INVENTORY,
    useAnsible: values.USE_ANSIBLE,
    ansiblePlaybook: values.ANSIBLE_PLAYBOOK,
    useSsh: values.USE_SSH,
    sshConfig: values.SSH_CONFIG,
    debug: values.DEBUG,
    timeoutMs: values.TIMEOUT,
    ackTimeoutMs: values.ACK_TIMEOUT,
    offlineGraceMs: values.OFFLINE_GRACE,
    brokerConnectTimeoutMs: values.BROKER_TIMEOUT.connectMs,
    brokerLostTimeoutMs: values.BROKER_TIMEOUT.lostMs,
    leaseMs: values.LEASE,
    reporter: values.REPORTER,
    runsDirectory: values.RUNS_DIR,
  });
}
