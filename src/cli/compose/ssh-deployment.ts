import { setMaxListeners } from 'node:events';
import { resolve } from 'node:path';
import { AppError, type ErrorCode, systemClock } from '../../base/index.ts';
import type { Configuration } from '../../config/index.ts';
import {
  createSsh,
  deployAgent,
  type EndHow,
  endAgent,
  farWorkOn,
  type HostOutcome,
  onHosts,
  type Ssh,
} from '../../deploy/index.ts';
import type { InventoryHost } from '../../inventory/index.ts';
import type { NodeName } from '../../protocol/index.ts';
import { type NodeWatch, watchNodes } from '../../run/index.ts';
import type { CliContext } from '../context.ts';
import type { DeployDisplay } from '../deploy-display.ts';
import { meetingOptions } from './meeting.ts';
import { targetOf, wantedAgents } from './wanted-agents.ts';

export interface SshWork {
  readonly hosts: readonly InventoryHost[];
  readonly configuration: Configuration;
  readonly display: DeployDisplay;
  readonly context: CliContext;
  readonly dryRun: boolean;
  readonly takeOver: boolean;
  readonly parallel: number;
  readonly maxFailures: number;
}

type Outcomes = ReadonlyMap<NodeName, HostOutcome>;

/** How long a started agent may take until it is alive, its initFunction included. */
const ALIVE_TIMEOUT_MS = 45_000;
const LOG_LINES = 200;

/**
 * Brings an agent to each of the hosts and waits until it is alive.
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED, PROGRAM_MISSING, and those of `wantedAgents`
 */
export function deployBySsh(work: SshWork & { readonly asService: boolean }): Promise<Outcomes> {
  const { hosts, configuration, context, dryRun, takeOver } = work;
  const wanted = wantedAgents(hosts, configuration, { ...context, asService: work.asService });
  return withSsh(work, (ssh) =>
    watch(work, (nodes) =>
      onHosts(
        wanted,
        (host, onProgress) =>
          deployAgent(host.target.node, host.wanted, {
            work: farWorkOn(host.target, ssh, systemClock),
            nodes,
            dryRun,
            takeOver,
            aliveTimeoutMs: ALIVE_TIMEOUT_MS,
            onProgress,
          }),
        hostsOptions(work),
      ),
    ),
  );
}

/** Ends the agents of the hosts, also when the broker is gone. */
export function endBySsh(work: SshWork, how: EndHow): Promise<Outcomes> {
  const { dryRun, takeOver } = work;
  return withSsh(work, (ssh) =>
    watchIfPossible(work, (nodes) =>
      onHosts(
        work.hosts.map((host) => ({ target: targetOf(host) })),
        ({ target }, onProgress) =>
          endAgent(target.node, how, {
            work: farWorkOn(target, ssh, systemClock),
            nodes,
            dryRun,
            takeOver,
            onProgress,
          }),
        hostsOptions(work),
      ),
    ),
  );
}

/** What is on the hosts: for its status with how the nodes stand over MQTT, for its log without. */
export function lookBySsh(
  work: SshWork,
  purpose: 'status' | 'logs',
): Promise<{ readonly outcomes: Outcomes; readonly standing: NodeWatch['standingOf'] | undefined }> {
  const look = async (ssh: Ssh, nodes: NodeWatch | undefined) => {
    const outcomes = await onHosts(
      work.hosts.map((host) => ({ target: targetOf(host) })),
      async ({ target }, onProgress) => {
        onProgress('looking');
        const far = farWorkOn(target, ssh, systemClock);
        return { kind: 'seen', facts: await far.look('agent', purpose === 'logs' ? LOG_LINES : undefined) };
      },
      hostsOptions(work),
    );
    return { outcomes, standing: nodes?.standingOf };
  };
  return withSsh(work, (ssh) =>
    purpose === 'logs' ? look(ssh, undefined) : watchIfPossible(work, (nodes) => look(ssh, nodes)),
  );
}

async function withSsh<T>({ configuration, context }: SshWork, then: (ssh: Ssh) => Promise<T>): Promise<T> {
  const { sshConfig } = configuration.settings;
  const { signal, workingDirectory } = context;
  // Every program listens to it: that is no leak.
  setMaxListeners(0, signal);
  const ssh = createSsh({
    configFile: sshConfig === undefined ? undefined : resolve(workingDirectory, sshConfig),
    clock: systemClock,
    signal,
  });
  try {
    return await then(ssh);
  } finally {
    await ssh.close();
  }
}

async function watch<T>(work: SshWork, then: (nodes: NodeWatch) => Promise<T>): Promise<T> {
  const { configuration, context, display, hosts } = work;
  const options = meetingOptions(configuration.settings, { ...context, output: display.output });
  display.setStatus('asking the broker who is there');
  try {
    const inventory = { hosts: new Set(hosts.map(({ node }) => node)), groups: new Map() };
    return await watchNodes({ ...options, inventory }, then);
  } finally {
    display.setStatus(undefined);
  }
}

const WITHOUT_BROKER: readonly ErrorCode[] = ['BROKER_UNREACHABLE', 'BROKER_REFUSED'];

/** What is on a host can be looked at, and taken away, without a broker. */
async function watchIfPossible<T>(
  work: SshWork,
  then: (nodes: NodeWatch | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await watch(work, then);
  } catch (thrown) {
    if (!(thrown instanceof AppError) || !WITHOUT_BROKER.includes(thrown.code)) throw thrown;
    work.display.print(`warning: ${thrown.message}; going on without it`);
    return then(undefined);
  }
}

function hostsOptions({ parallel, maxFailures, display, context, hosts }: SshWork) {
  display.begin(hosts.length);
  return { parallel, maxFailures, onEvent: display.onEvent, signal: context.signal };
}
