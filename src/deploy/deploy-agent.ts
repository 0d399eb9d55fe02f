import { formatDuration } from '../base/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { FarWork } from './far-work.ts';
import { guessFromLog } from './log-guess.ts';
import { type HostFacts, HostFailure, type HostOutcome, type HostProblem } from './model.ts';
import type { NodeWatch } from './node-watch.ts';
import { type DeployPlan, planDeployment, type WantedAgent } from './plan.ts';

export interface DeployTools {
  readonly work: FarWork;
  readonly nodes: NodeWatch;
  /** Only look, and say what would be done. */
  readonly dryRun: boolean;
  /** Restart an agent although a run holds its node. */
  readonly takeOver: boolean;
  /** How long a started agent may take until it is alive. */
  readonly aliveTimeoutMs: number;
  readonly onProgress: (what: string) => void;
}

/** An agent that is there already and lives is left to live for so long before it is doubted. */
const PROOF_MS = 5000;
/** How often it is looked whether a started agent that is not alive still runs. */
const LOOK_EVERY_MS = 5000;
const LOG_LINES = 20;

/**
 * Brings the agent of a node to its host, starts it and waits until it is alive; where all is as it should be, it does
 * nothing.
 * @throws HostFailure
 */
export async function deployAgent(
  node: NodeName,
  wanted: WantedAgent,
  tools: DeployTools,
): Promise<HostOutcome> {
  const { work, nodes, dryRun, onProgress } = tools;
  onProgress('looking');
  const facts = await work.look('all');
  const plan = planDeployment(wanted, facts);
  const notes: string[] = [];
  const isRunning = facts.agent !== undefined;
  const mustStart = plan.mustRestart || !(await isAlive(node, facts, nodes));
  if (!mustStart && plan.files.length === 0) {
    return { kind: 'unchanged', detail: `${plan.agent.description}, alive`, notes };
  }
  const does = describePlan(plan, { mustStart, isRunning });
  const problem = mustStart && isRunning && !tools.takeOver ? inUse(node, nodes) : undefined;
  if (problem) throw new HostFailure(problem);
  if (dryRun) return { kind: 'planned', detail: `${plan.agent.description}: would ${does}`, notes };
  if (plan.files.length > 0 || plan.obsolete.length > 0) {
    onProgress(`copying ${plan.files.length === 1 ? 'a file' : `${plan.files.length} files`}`);
    await work.put(plan.files, plan.obsolete, facts.folder);
  }
  if (!mustStart) return { kind: 'unchanged', detail: `${plan.agent.description}, alive`, notes };
  onProgress(isRunning ? 'restarting' : 'starting');
  const started = await work.start(plan.service);
  if (started.withoutLinger !== undefined) notes.push(lingerNote(started.withoutLinger));
  if (started.session === undefined) throw new HostFailure(notStarted(started.exitCode, started.log));
  onProgress('waiting for ALIVE');
  await waitUntilAlive(node, started.session, tools);
  return { kind: 'deployed', detail: `${plan.agent.description}, alive`, notes };
}

async function isAlive(node: NodeName, { agent }: HostFacts, nodes: NodeWatch): Promise<boolean> {
  if (agent?.session === undefined) return false;
  return (await nodes.untilAlive(node, agent.session, PROOF_MS)).kind === 'alive';
}

/** A run that holds a node would lose it. */
export function inUse(node: NodeName, nodes: NodeWatch): HostProblem | undefined {
  const { lease } = nodes.standingOf(node);
  if (!lease) return undefined;
  return {
    kind: 'in-use',
    detail: `a run of ${lease.owner || 'somebody'} holds the node`,
    hint: 'wait until it has ended, or give --take-over to end its work there',
  };
}

function describePlan(
  { files, service }: DeployPlan,
  { mustStart, isRunning }: { readonly mustStart: boolean; readonly isRunning: boolean },
): string {
  const names = files.map(({ name }) => name).filter((name) => name !== 'manifest' || files.length === 1);
  return [
    ...(names.length > 0 ? [`copy ${names.join(', ')}`] : []),
    ...(service ? [`install a service of ${service.manager}`] : []),
    ...(mustStart ? [isRunning ? 'restart it' : 'start it'] : []),
  ].join('; ');
}

async function waitUntilAlive(
  node: NodeName,
  session: string,
  { work, nodes, aliveTimeoutMs }: DeployTools,
): Promise<void> {
  for (let leftMs = aliveTimeoutMs; ; leftMs -= LOOK_EVERY_MS) {
    const awaited = await nodes.untilAlive(node, session, Math.min(leftMs, LOOK_EVERY_MS));
    if (awaited.kind === 'alive') return;
    const { agent, log } = await work.look('agent', LOG_LINES);
    const isGone = agent?.session !== session;
    if (!isGone && !awaited.isOver && leftMs > LOOK_EVERY_MS) continue;
    const within = `not alive within ${formatDuration(aliveTimeoutMs)}`;
    const why = isGone
      ? 'it ended before it was alive'
      : awaited.isOver
        ? awaited.reason
        : `${within}: ${awaited.reason}`;
    throw new HostFailure({
      kind: 'not-alive',
      detail: `started, but ${why}`,
      hint: guessFromLog(log) ?? `orchestrate deploy --logs ${node} has more`,
      log,
    });
  }
}

function notStarted(exitCode: number | undefined, log: readonly string[]): HostProblem {
  const detail =
    exitCode === undefined
      ? 'the agent did not say within 15 s that it has begun'
      : `the agent ended at once, with exit code ${exitCode}`;
  return { kind: 'not-started', detail, hint: guessFromLog(log) ?? 'its last words are below', log };
}

function lingerNote(user: string): string {
  return `the service ends with the last login of ${user}; as root there: loginctl enable-linger ${user}`;
}
