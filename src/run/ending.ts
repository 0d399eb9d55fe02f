import { type Clock, formatDuration } from '../base/index.ts';
import { type NodeProblem, type Verdict, worstVerdict } from '../events/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { Fleet } from './fleet.ts';
import type { Command } from './node/command.ts';
import type { Judgement } from './node/judgement.ts';
import type { NodeMachine } from './node/node-machine.ts';
import { waitForNodes } from './node-wait.ts';
import type { StepContext, StepOutcome } from './step-context.ts';

type EndingContext = Pick<StepContext, 'fleet' | 'clock' | 'reportProgress' | 'signal' | 'timeoutMs'>;

/** How long nodes have to stop what a run started when it did not pass. */
const CLEAN_UP_MS = 10_000;
/** How much later than a result the output may come that was sent before it. */
const OUTPUT_MS = 1000;
/** How long nodes have to confirm that they are given back. */
const RELEASE_MS = 2000;
/** So much more for each node: they are told in turn. */
const MORE_PER_NODE_MS = 1;

/**
 * Every command sent to an agent of ours has a result before a run may pass, waited for or not; and nobody else has
 * stopped what the run started.
 */
export async function awaitResults(context: EndingContext): Promise<StepOutcome> {
  const nodes = context.fleet.nodes.map(({ node }) => node);
  const waited = await waitForNodes(
    nodes,
    (name) => {
      const node = context.fleet.node(name);
      if (node.workStopped !== undefined) {
        const reason = `what the run started there is gone: ${node.workStopped}`;
        return { kind: 'hopeless', verdict: 'unreachable', reason };
      }
      if (node.untold !== undefined) return { kind: 'hopeless', verdict: 'unreachable', reason: node.untold };
      const [command] = node.unfinished;
      if (!command) return { kind: 'met' };
      if (node.state === 'lost') {
        return {
          kind: 'hopeless',
          verdict: 'unreachable',
          reason: `${command.text}: it was lost: ${node.reason}`,
        };
      }
      return { kind: 'pending', reason: `no result of ${command.text} yet` };
    },
    context.timeoutMs,
    context,
  );
  const failures = context.fleet.commands.ledger.failures();
  if (failures.length === 0) return waited;
  return {
    verdict: worstVerdict([waited.verdict, ...failures.map(({ command }) => verdictOf(command))]),
    problems: [
      ...waited.problems,
      ...failures.map(({ node, command }) => ({ node, reason: describeFailure(command) })),
    ],
  };
}

function verdictOf({ end, busy }: Command): Verdict {
  return end === 'lost' || end === 'expired' || end === 'not-delivered' || busy ? 'unreachable' : 'failed';
}

function describeFailure({ text, end, reason }: Command): string {
  return `${text} ${end === 'not-delivered' ? 'was not delivered' : end}${reason === '' ? '' : `: ${reason}`}`;
}

/**
 * What a function printed is sent before its result, but a broker keeps no order between topics.
 *
 * @returns the nodes whose output did not come
 */
export async function awaitOutput(fleet: Fleet, clock: Clock): Promise<readonly NodeProblem[]> {
  if (!fleet.connected) return [];
  const nodes = fleet.nodes.map(({ node }) => node).filter((node) => fleet.awaitsOutput(node));
  const { problems } = await waitForNodes(
    nodes,
    (name) =>
      fleet.awaitsOutput(name)
        ? { kind: 'pending', reason: 'the end of its output was lost on the way' }
        : { kind: 'met' },
    OUTPUT_MS,
    { fleet, clock, reportProgress: () => {}, signal: new AbortController().signal },
  );
  return problems;
}

/** Stops what the run started, on every node that is still there; names what could not be stopped. */
export async function stopWork(fleet: Fleet, clock: Clock, leaseMs: number): Promise<readonly NodeProblem[]> {
  const problems: NodeProblem[] = [];
  const stops = new Map<NodeName, Command>();
  for (const machine of fleet.nodes.filter(({ hasWork }) => hasWork)) {
    if (!fleet.connected) problems.push(unstopped(machine, 'the broker is gone', leaseMs));
    else if (isPresent(machine)) stops.set(machine.node, fleet.commands.send(machine.node, 'STOP'));
    else problems.push(unstopped(machine, machine.reason, leaseMs));
  }
  const outcome = await waitForNodes(
    [...stops.keys()],
    (name) => judgeStop(fleet.node(name), stops.get(name)),
    CLEAN_UP_MS + stops.size * MORE_PER_NODE_MS,
    { fleet, clock, reportProgress: () => {}, signal: new AbortController().signal },
  );
  for (const [node, stop] of stops) {
    const machine = fleet.node(node);
    if (stop.end !== undefined && stop.end !== 'ok') problems.push({ node, reason: describeFailure(stop) });
    else if (machine.hasWork && !isPresent(machine))
      problems.push(unstopped(machine, machine.reason, leaseMs));
  }
  return [...problems, ...outcome.problems];
}

function judgeStop(machine: NodeMachine, stop: Command | undefined): Judgement {
  const within = `within ${CLEAN_UP_MS / 1000} s`;
  if (!isPresent(machine)) return { kind: 'met' };
  if (stop?.phase !== 'ended') return { kind: 'pending', reason: `STOP had no result ${within}` };
  // What became of plain text only its agent's word tells.
  const isText = machine.state === 'legacy' || machine.readsTextOnly;
  const mayRun = isText && stop.end === 'ok' && machine.hasWork;
  return mayRun ? { kind: 'pending', reason: `it did not say STOPPED ${within}` } : { kind: 'met' };
}

function isPresent({ state }: NodeMachine): boolean {
  return state === 'alive' || state === 'legacy' || state === 'reconnecting';
}

function unstopped({ node, session, readsTextOnly }: NodeMachine, why: string, leaseMs: number): NodeProblem {
  const knowsLeases = session !== undefined && !readsTextOnly && leaseMs > 0;
  const soon = knowsLeases
    ? `; its agent, if it lives, ends it within ${formatDuration(leaseMs)} (--lease)`
    : '';
  return { node, reason: `what this run started there may still run: ${why}${soon}` };
}

/**
 * Gives every held node back. Who does not confirm keeps its lease until it lapses.
 *
 * @param stopped nodes where the run's work was stopped: whatever is left there, since a STOP was lost or a command came
 * after it, ends with the lease
 */
export async function releaseNodes(
  fleet: Fleet,
  clock: Clock,
  stopped: ReadonlySet<NodeName>,
): Promise<readonly NodeProblem[]> {
  if (!fleet.connected) return [];
  const held = fleet.nodes.filter(({ isHeld }) => isHeld).map(({ node }) => node);
  for (const node of held) fleet.tell(node, { kind: 'release', stop: stopped.has(node) });
  const { problems } = await waitForNodes(
    held,
    (name) =>
      fleet.node(name).isHeld
        ? { kind: 'pending', reason: 'it did not confirm that it was given back' }
        : { kind: 'met' },
    RELEASE_MS + held.length * MORE_PER_NODE_MS,
    { fleet, clock, reportProgress: () => {}, signal: new AbortController().signal },
  );
  return problems;
}
