import { formatDuration, sleep } from '../base/index.ts';
import type { NodeState } from '../events/index.ts';
import { type Inventory, mentionedIn, type NodeExpression, selectNodes } from '../inventory/index.ts';
import type { Info, Inspection, InspectQuestion, Lease, NodeName } from '../protocol/index.ts';
import type { ClockEstimate } from '../sync/index.ts';
import type { Fleet } from './fleet.ts';
import { whyUnknown } from './measure-clocks.ts';
import { type MeetingOptions, meetNodes } from './meet-nodes.ts';
import type { NodeMachine } from './node/node-machine.ts';
import { waitForNodes } from './node-wait.ts';
import { callTheRoll, type Roster, readTheRoll } from './roster.ts';
import type { WaitProgress } from './wait-progress.ts';

/** What is known of a node before a run. */
export interface SurveyedNode {
  readonly node: NodeName;
  readonly state: NodeState;
  /** Why it is not alive, as the end of a sentence. */
  readonly reason: string;
  readonly session: string | undefined;
  readonly info: Info | undefined;
  /** The run that holds it. */
  readonly lease: Lease | null;
  readonly clock: ClockEstimate | { readonly unknown: string };
  readonly inspection: Inspection | { readonly unknown: string };
}

export interface SurveyOptions extends Omit<MeetingOptions, 'nodes' | 'inventory'> {
  /** Undefined: everybody; those of the inventory, or without one whoever is there. */
  readonly wanted: readonly NodeExpression[] | undefined;
  readonly inventory: Inventory | undefined;
  /** What to ask a node, once it is known who takes part. */
  readonly questionsFor: (nodesOf: Roster['nodesOf']) => (node: NodeName) => InspectQuestion;
  /** Called when it is known how many nodes are looked at. */
  readonly onMet: (nodes: number) => void;
  readonly onProgress: (progress: WaitProgress) => void;
}

/** Of what a SYNC would take; the rest of the time it takes is better spent in the run. */
const CALIBRATION_MS = 3000;
/** What an agent takes at most, and some more. */
const INSPECTION_MS = 25_000;

/**
 * Looks at the nodes of a run that does not begin yet: who is there, whose they are, their clocks, and what their
 * agents tell of their machines. Takes no lease and starts nothing.
 * @returns the nodes in the order of their names
 * @throws AppError BROKER_UNREACHABLE, BROKER_REFUSED, NO_NODES
 */
export function surveyNodes(options: SurveyOptions): Promise<readonly SurveyedNode[]> {
  const { wanted, inventory, answerMs, clock, logger, signal } = options;
  if (!wanted) {
    return meetNodes(options, (fleet, met) =>
      look(fleet, inventory ? met : met.filter(isThere), NOBODY, options),
    );
  }
  const named = inventory
    ? wanted.flatMap((expression) => selectNodes(expression, inventory))
    : mentionedIn(wanted).nodes;
  const expected = { hosts: new Set(named), groups: new Map() };
  return meetNodes({ ...options, inventory: expected, answerMs: 0 }, async (fleet) => {
    const emit: Parameters<typeof callTheRoll>[1]['emit'] = (event) => {
      if (event.type === 'warning-given') logger.warn(event.message);
    };
    const [roster] = await Promise.all([
      inventory ? readTheRoll(wanted, inventory, emit) : callTheRoll(wanted, { fleet, clock, emit, signal }),
      sleep(clock, answerMs, signal),
    ]);
    const nodes = roster.all.toSorted(byName).map((node) => fleet.node(node));
    return look(fleet, nodes, roster.nodesOf, options);
  });
}

const { compare: byName } = new Intl.Collator('en', { numeric: true });

/** Not those who said goodbye; but whoever has left an INFO and does not answer is missed. */
function isThere({ state, presence }: NodeMachine): boolean {
  if (state === 'silent') return presence.lastWords === undefined;
  return state !== 'terminated' && state !== 'unknown';
}

/** Without a playbook nobody is spoken of. */
const NOBODY: Roster['nodesOf'] = () => [];

async function look(
  fleet: Fleet,
  nodes: readonly NodeMachine[],
  nodesOf: Roster['nodesOf'],
  options: SurveyOptions,
): Promise<readonly SurveyedNode[]> {
  const { questionsFor, onMet, onProgress: reportProgress, clock, signal } = options;
  onMet(nodes.length);
  const alive = nodes.filter(({ state }) => state === 'alive').map(({ node }) => node);
  await fleet.clocks.calibrate(alive, { limitMs: CALIBRATION_MS, signal, reportProgress });
  // What programs do there would delay the pongs.
  const asked = new Map(nodes.filter(canBeAsked).map(({ node, session }) => [node, session]));
  const questionFor = questionsFor(nodesOf);
  for (const node of asked.keys()) fleet.tell(node, { kind: 'ask-inspection', question: questionFor(node) });
  await waitForNodes(
    [...asked.keys()],
    (node) =>
      isOver(fleet, node, asked.get(node))
        ? { kind: 'met' }
        : { kind: 'pending', reason: 'its agent is looking' },
    INSPECTION_MS,
    { fleet, clock, signal, reportProgress },
  );
  return nodes.map((machine) => surveyed(machine, fleet, asked));
}

function canBeAsked({ state, presence }: NodeMachine): boolean {
  return state === 'alive' && presence.info?.accepts.includes('inspect') === true;
}

function isOver(fleet: Fleet, name: NodeName, session: string | undefined): boolean {
  const { inspection, state, session: now } = fleet.node(name);
  return inspection !== undefined || (state !== 'alive' && state !== 'reconnecting') || now !== session;
}

function surveyed(
  machine: NodeMachine,
  fleet: Fleet,
  asked: ReadonlyMap<NodeName, string | undefined>,
): SurveyedNode {
  const { node, state, reason, session, presence, lease } = machine;
  return {
    node,
    state,
    reason,
    session,
    info: presence.info,
    lease,
    clock: fleet.clocks.of(node) ?? { unknown: whyUnknown(machine) },
    inspection: inspectionOf(machine, asked),
  };
}

function inspectionOf(
  { node, state, reason, session, presence, inspection, readsTextOnly }: NodeMachine,
  asked: ReadonlyMap<NodeName, string | undefined>,
): SurveyedNode['inspection'] {
  if (inspection?.found) return inspection.found;
  if (inspection) return { unknown: inspection.reason ?? 'it gave no answer' };
  if (state === 'legacy' || (readsTextOnly && state === 'alive'))
    return { unknown: 'its agent reads plain text alone, and answers no question' };
  if (state !== 'alive') return { unknown: reason || 'its agent is not there' };
  if (!asked.has(node))
    return { unknown: `its agent, version ${presence.info?.version}, does not know the question` };
  if (session !== asked.get(node)) return { unknown: 'its agent was started again meanwhile' };
  return { unknown: `it did not answer within ${formatDuration(INSPECTION_MS)}` };
}
