import type { RunEvent, RunEventBody } from '../../src/events/index.ts';
import { parseTextPlaybook } from '../../src/playbook/index.ts';
import { isResultStatus, isStoppingVerb, statusBeginsWith } from '../../src/protocol/index.ts';
import type { NodeHistory, Work } from './history.ts';
import { LEASE_MS, type Outcome, type SimulatedRun } from './simulate.ts';
import { nobodyBeginsUnlessAllAreArmed, startsAreAsTold, supersededIn } from './sync-laws.ts';

type EventOf<T extends RunEventBody['type']> = Extract<RunEvent, { type: T }>;

/** From the end of a lease to the end of the work: STOPs that wait in line, each with its stopFunction. */
const STOPPING_MS = 5000;

/** What must hold of every outcome; each broken law is said in one line. */
export function brokenLaws(outcome: Outcome): readonly string[] {
  const { main, rivals, probes, histories } = outcome;
  const runs = [main, ...rivals, ...probes];
  return [
    ...runs.flatMap(everyRunEnds),
    ...probes.flatMap(probePasses),
    ...[...histories].flatMap(([node, history]) => takesEffectOnce(node, history)),
    ...runs.flatMap((run) => tellsTheTruth(run, histories)),
    ...runs.flatMap((run) => passesWithAllResults(run, histories)),
    ...runs.flatMap((run) => wasReported(run, histories)),
    ...runs.flatMap((run) => nobodyBeginsUnlessAllAreArmed(run, histories)),
    ...runs.flatMap((run) => startsAreAsTold(run, histories, outcome.wallStartMs)),
    ...[...histories].flatMap(([node, history]) => workEndsWithLease(node, history, runs, outcome.endMs)),
  ];
}

function everyRunEnds({ verdict, refusal, wasKilled, events }: SimulatedRun): string[] {
  const hasEnded = verdict !== undefined || refusal !== undefined || wasKilled;
  return hasEnded ? [] : [`a run does not end; its last event: ${JSON.stringify(events.at(-1))}`];
}

/** When all is calm, nodes are free, and commands are taken. */
function probePasses({ verdict, events }: SimulatedRun): string[] {
  if (verdict === 'passed') return [];
  return [`a run after all is calm ends ${verdict}: ${JSON.stringify(allOf(events, 'run-finished'))}`];
}

function takesEffectOnce(node: string, { work }: NodeHistory): string[] {
  const seen = new Set<string>();
  return work.flatMap(({ commandId, name, args }) => {
    const isAgain = seen.has(commandId);
    seen.add(commandId);
    return isAgain ? [`${node} ran ${name} ${args.join(' ')} twice`] : [];
  });
}

/** What a run says about the end of a command is what happened. */
function tellsTheTruth({ events }: SimulatedRun, histories: Histories): string[] {
  return allOf(events, 'command-finished').flatMap(({ node, commandId, text, end }) => {
    if (isTakenForLegacy(node, events)) return [];
    const history = historyOf(histories, node);
    const work = history.work.find((each) => each.commandId === commandId);
    const hasBegun = work !== undefined;
    const said = history.results.get(commandId);
    const isTrue = {
      ok: () => said === 'ok' && (!hasBegun || isStop(text) || isGood(work)),
      failed: () => said === 'failed' && !(hasBegun && isGood(work)),
      cancelled: () => !hasBegun || work.ended === undefined || work.ended.interrupted,
      expired: () => !hasBegun,
      refused: () => !hasBegun,
      lost: () => true,
      'not-delivered': () => true,
    }[end]();
    const what = JSON.stringify({ said, ended: work?.ended, hasBegun });
    return isTrue ? [] : [`${node}: ${text} is told as ${end}, but ${what}`];
  });
}

function passesWithAllResults(run: SimulatedRun, histories: Histories): string[] {
  const { verdict, events } = run;
  if (verdict !== 'passed') return [];
  const superseded = supersededIn(run);
  return allOf(events, 'command-sent').flatMap(({ node, commandId, text }) => {
    if (isTakenForLegacy(node, events) || superseded.has(commandId)) return [];
    const said = historyOf(histories, node).results.get(commandId);
    const told = allOf(events, 'command-finished').find((event) => event.commandId === commandId);
    if (told === undefined || said === undefined)
      return [`a run passed without the outcome of ${text} on ${node}`];
    return said === told.end ? [] : [`a run passed with ${text} on ${node} told as ${told.end}, but ${said}`];
  });
}

/** A WAITFOR that was met was met by something that the node said about its command. */
function wasReported({ events }: SimulatedRun, histories: Histories): string[] {
  const lastSent = new Map<string, EventOf<'command-sent'>>();
  return events.flatMap((event) => {
    if (event.type === 'command-sent') lastSent.set(event.node, event);
    if (event.type !== 'step-finished' || event.verdict !== 'passed' || event.step.kind !== 'waitfor')
      return [];
    const step = parseTextPlaybook(event.step.text, '').value?.steps[0];
    if (step?.kind !== 'waitfor') return [];
    const words = step.status.text.split(' ');
    return nodesOf(step.nodes.text, events).flatMap((node) => {
      const { statuses } = historyOf(histories, node);
      const sent = lastSent.get(node);
      const isBound = sent !== undefined && isResultStatus(words) && !isTakenForLegacy(node, events);
      const isTrue = statuses.some(
        ({ text, commandId }) => statusBeginsWith(text, words) && (!isBound || commandId === sent.commandId),
      );
      return isTrue ? [] : [`${event.step.text} passed, but ${node} never said so`];
    });
  });
}

/** Unless the run passed and gave the node back, all that it started ends with its lease. */
function workEndsWithLease(
  node: string,
  { work, heardOf, releasedBy }: NodeHistory,
  runs: readonly SimulatedRun[],
  endMs: number,
): string[] {
  return work.flatMap(({ run, name, args, untilMs }) => {
    // Whoever may publish may always stop, lease or not.
    if (run === undefined || name === 'stopFunction') return [];
    // Its control machine may have been killed just before it said that the run passed.
    const verdict = runs.find(({ events }) => events[0]?.runId === run)?.verdict ?? 'passed';
    if (verdict === 'passed' && releasedBy.has(run)) return [];
    const latestMs = (heardOf.get(run) ?? 0) + LEASE_MS + STOPPING_MS;
    const isOver = untilMs <= latestMs || latestMs > endMs;
    return isOver
      ? []
      : [
          `${node}: ${name} ${args.join(' ')} ran until ${untilMs}, its lease until ${latestMs - STOPPING_MS}`,
        ];
  });
}

type Histories = Outcome['histories'];

function historyOf(histories: Histories, node: string): NodeHistory {
  const history = histories.get(node);
  if (!history) throw new Error(`there is no node ${node}`);
  return history;
}

function allOf<T extends RunEventBody['type']>(events: readonly RunEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

/** Who answers to nothing for seconds is spoken to in plain text, and judged by its STATUS alone: the run says so. */
function isTakenForLegacy(node: string, events: readonly RunEvent[]): boolean {
  return allOf(events, 'node-changed').some((event) => event.node === node && event.state === 'legacy');
}

function nodesOf(expression: string, events: readonly RunEvent[]): readonly string[] {
  if (expression !== '*') return expression.split(',');
  return allOf(events, 'nodes-resolved').find((event) => event.expression === '*')?.nodes ?? [];
}

const isStop = (text: string): boolean => isStoppingVerb(text.split(' ')[0] ?? '');

const isGood = ({ ended }: Work): boolean => ended?.code === 0 && !ended.interrupted;
