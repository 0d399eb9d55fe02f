import { AppError, type Clock, type Logger } from '../base/index.ts';
import type { ControlChannel } from '../channel/index.ts';
import type { Inventory } from '../inventory/index.ts';
import { type Playbook, playbookNodes, type Variables } from '../playbook/index.ts';
import { type Finding, type ProbeBrokerOptions, probeBroker, QUICK_PROBES } from '../probe/index.ts';
import { lookAtPorts } from '../process/index.ts';
import { surveyNodes, type WaitProgress } from '../run/index.ts';
import { judgePort } from './checks/ports.ts';
import { judgeBroker } from './judge-broker.ts';
import { judgeNodes } from './judge-nodes.ts';
import { type Needs, NO_NEEDS, needsOf, questionOf } from './needs.ts';

export interface PreflightOptions {
  /** Undefined: everybody who answers is looked at, for what no playbook is needed. */
  readonly playbook: { readonly playbook: Playbook; readonly variables: Variables } | undefined;
  readonly channel: ControlChannel;
  readonly login: ProbeBrokerOptions['login'];
  /** `MQTT_TOPIC`. */
  readonly root: string;
  /** The broker's name in messages, without credentials. */
  readonly broker: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of this program. */
  readonly version: string;
  readonly connectTimeoutMs: number;
  /** How long nodes have to answer. */
  readonly answerMs: number;
  /** Says what `*` and groups mean, and which words of a message are machines; without one those who are there do. */
  readonly inventory: Inventory | undefined;
  readonly onStage: (stage: PreflightStage) => void;
  readonly signal: AbortSignal;
}

/** What is being done just now. */
export type PreflightStage =
  | { readonly kind: 'broker' | 'roll-call' }
  | { readonly kind: 'nodes'; readonly nodes: number }
  | { readonly kind: 'progress'; readonly progress: WaitProgress };

/**
 * Looks whether all is there that a run needs, and starts nothing: the broker, this machine, then node for node.
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED, NO_NODES
 */
export async function preflight(options: PreflightOptions): Promise<readonly Finding[]> {
  const { playbook: given, broker, version, inventory, onStage } = options;
  onStage({ kind: 'broker' });
  const probed = await probeBroker({ ...options, probes: QUICK_PROBES, onFinding() {} });
  onStage({ kind: 'roll-call' });
  let needs: Needs = NO_NEEDS;
  const nodes = await surveyNodes({
    ...options,
    wanted: given && playbookNodes(given.playbook, given.variables),
    questionsFor(nodesOf) {
      if (given) needs = needsOf(given.playbook, { variables: given.variables, nodesOf, inventory });
      return (node) => questionOf(needs.nodes.get(node));
    },
    onMet: (count) => onStage({ kind: 'nodes', nodes: count }),
    onProgress: (progress) => onStage({ kind: 'progress', progress }),
  });
  if (nodes.length === 0) throw nobody(broker);
  return [
    ...judgeBroker(broker, probed, nodes),
    ...(await judgeThisMachine(needs)),
    ...judgeNodes(nodes, needs, version),
  ];
}

const THIS_MACHINE = 'this machine';

/** A RECEIVE listens here. */
async function judgeThisMachine({ receivePorts }: Needs): Promise<readonly Finding[]> {
  const looks = await lookAtPorts(receivePorts);
  return looks.map((look) => ({
    subject: THIS_MACHINE,
    check: 'port',
    title: 'ports',
    ...judgePort(look, look.port, THIS_MACHINE),
  }));
}

function nobody(broker: string): AppError {
  return new AppError('NO_NODES', `nobody answers on ${broker}: there is no node to look at`, {
    hint: 'start the agents first (orchestrate agent --name NAME); broker (-m) and root topic (-t) must be theirs',
  });
}
