import { type AgentChoice, chooseAgent } from './choose-agent.ts';
import type { ServiceFile } from './far-work.ts';
import { type AgentSpec, type LaidFile, layOut, obsoleteNames, serviceText, sumOf } from './layout.ts';
import { type AgentKind, type HostFacts, HostFailure } from './model.ts';

/** What a node is to have, whatever its host turns out to be. */
export type WantedAgent = Pick<AgentSpec, 'node' | 'groups' | 'config' | 'script'> & {
  /** Undefined: whichever the host can run. */
  readonly kind: AgentKind | undefined;
  /** Contents of `agent.cjs` and `agent.sh`; undefined: this installation has none. */
  readonly programs: Readonly<Record<AgentKind, Uint8Array | undefined>>;
  /** To be a service from now on. */
  readonly asService: boolean;
};

/** What is to be done on a host, and nothing of it is done yet. */
export interface DeployPlan {
  readonly agent: Exclude<AgentChoice, { readonly kind: 'none' }>;
  /** Those that differ from what is there, the manifest last. */
  readonly files: readonly LaidFile[];
  readonly obsolete: readonly string[];
  /** To be installed. */
  readonly service: ServiceFile | undefined;
  /** Something that a running agent would not notice has changed. */
  readonly mustRestart: boolean;
}

/** @throws HostFailure when the host cannot have the agent */
export function planDeployment(wanted: WantedAgent, facts: HostFacts): DeployPlan {
  const agent = chosenAgent(wanted, facts);
  const laid = layOut({
    ...wanted,
    kind: agent.kind,
    interpreter: agent.interpreter,
    program: programOf(wanted, agent.kind),
  });
  const files = laid.filter((file) => !isThere(file, facts));
  const service = wanted.asService ? serviceOf(wanted.node, facts) : undefined;
  assertRoom(files, facts);
  return {
    agent,
    files,
    obsolete: obsoleteNames(laid).filter((name) => facts.files.has(name)),
    service,
    mustRestart: files.some(({ name }) => name !== 'manifest') || service !== undefined,
  };
}

function chosenAgent({ kind, config }: WantedAgent, facts: HostFacts): DeployPlan['agent'] {
  const agent = chooseAgent(facts, kind);
  if (agent.kind === 'none') {
    throw new HostFailure({
      kind: 'no-interpreter',
      detail: agent.missing,
      hint: 'install Node.js 18 or newer there, or on a small host mosquitto’s clients (Debian: mosquitto-clients, OpenWrt: mosquitto-client-ssl)',
    });
  }
  const tools = ['tar', 'sha256sum'].filter((tool) => !facts.tools.has(tool));
  if (tools.length > 0) {
    throw new HostFailure({
      kind: 'no-interpreter',
      detail: `missing there: ${tools.join(' and ')}`,
      hint: 'install them; busybox has both',
    });
  }
  if (agent.kind === 'shell' && !['mqtt', 'mqtts'].includes(config.broker.scheme)) {
    throw new HostFailure({
      kind: 'broker-address',
      detail: `agent.sh does not speak ${config.broker.scheme}://`,
      hint: 'set mqtt_server of this host to a mqtt:// or mqtts:// address, or install Node.js 18 or newer there',
    });
  }
  return agent;
}

function programOf({ programs }: WantedAgent, kind: AgentKind): Uint8Array {
  const program = programs[kind];
  if (program) return program;
  throw new HostFailure({
    kind: 'no-interpreter',
    detail: `it would need ${kind === 'node' ? 'agent.cjs' : 'agent.sh'}, which this installation does not have`,
    hint: 'install mqtt-orchestrate anew, or run npm run build',
  });
}

function isThere({ name, contents }: LaidFile, { files, manifest }: HostFacts): boolean {
  if (name === 'manifest') return manifest === new TextDecoder().decode(contents);
  return files.get(name) === sumOf(contents);
}

function serviceOf(node: string, facts: HostFacts): ServiceFile | undefined {
  const text = serviceText(node, facts);
  if (text === undefined || facts.serviceManager === 'none') {
    throw new HostFailure({
      kind: 'service',
      detail: 'it has neither systemd nor procd to run a service',
      hint: 'leave out --install-service: the agent then runs until the host is restarted',
    });
  }
  const isSame = facts.serviceSum === sumOf(new TextEncoder().encode(text));
  return isSame ? undefined : { manager: facts.serviceManager, text };
}

/** A new file lies beside the old one for a moment; the log needs some room too. */
const MARGIN_BYTES = 64 * 1024;

function assertRoom(files: readonly LaidFile[], { freeBytes, isWritable, place }: HostFacts): void {
  const needed = files.reduce((sum, { contents }) => sum + contents.byteLength, 0);
  if (needed === 0) return;
  if (freeBytes !== undefined && freeBytes < needed + MARGIN_BYTES) {
    throw new HostFailure({
      kind: 'disk-full',
      detail: `${kilobytes(needed + MARGIN_BYTES)} are needed below ${place}, and ${kilobytes(freeBytes)} are free`,
      hint: 'make room there: df -h shows the file systems',
    });
  }
  if (isWritable) return;
  throw new HostFailure({
    kind: 'not-writable',
    detail: `${place} cannot be written`,
    hint: 'look whose folder it is, and whether its file system is mounted read-only',
  });
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
