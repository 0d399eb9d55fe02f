import { AppError, type Clock, sleep } from '../base/index.ts';
import type { RunEventBody } from '../events/index.ts';
import type { NodeExpression } from '../inventory/index.ts';
import type { PlaybookNodes } from '../playbook/index.ts';
import type { Info, NodeName } from '../protocol/index.ts';
import type { Fleet } from './fleet.ts';
import type { NodeMachine } from './node/node-machine.ts';

/** Who the nodes of a run are; settled once, at its start. */
export interface Roster {
  readonly all: readonly NodeName[];
  nodesOf(expression: NodeExpression): readonly NodeName[];
}

interface RollCallOptions {
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly emit: (event: RunEventBody) => void;
  readonly signal: AbortSignal;
}

/** How long agents have to answer the roll call. */
const ROLL_CALL_MS = 2000;
/** A legacy agent is known as one when it has not answered for as long; then it is counted too. */
const LEGACY_MARGIN_MS = 200;
/** A broker may lose what more agents than these say: they are asked until a question brings nobody new. */
const LARGE_FLEET = 300;
const ASK_AGAIN_MS = 1000;
/** How long that may go on, and how long somebody is waited for who has an INFO and does not answer. */
const MOST_ASKING_MS = 10_000;
const ABSENT_MS = 3000;

/**
 * `*` and `@group` stand for the agents that answer the roll call, named ones for themselves. A playbook without
 * either needs no roll call.
 * @throws AppError NO_NODES when `*` or a group turns out empty
 */
export async function callTheRoll(
  wanted: PlaybookNodes,
  { fleet, clock, emit, signal }: RollCallOptions,
): Promise<Roster> {
  if (wanted.nodes.length > 0) {
    emit({ type: 'nodes-resolved', expression: wanted.nodes.join(','), nodes: wanted.nodes });
  }
  if (!wanted.all && wanted.groups.length === 0) return createRoster(wanted.nodes, [], new Map());
  const absent = (): NodeName[] => absentAmong(fleet, wanted);
  await awaitAnswers(absent, { fleet, clock, signal });
  const present = presentIn(fleet);
  const groups = new Map<string, NodeName[]>();
  for (const group of wanted.groups) {
    const members = present
      .filter(({ presence }) => presence.info?.groups.includes(group))
      .map(({ node }) => node);
    if (members.length === 0) throw nobody(`no agent of the group @${group} answered`);
    groups.set(group, members.sort());
    emit({ type: 'nodes-resolved', expression: `@${group}`, nodes: members });
  }
  const everybody = wanted.all ? present.map(({ node }) => node).sort() : [];
  if (wanted.all && everybody.length === 0) throw nobody('no agent answered');
  if (wanted.all) emit({ type: 'nodes-resolved', expression: '*', nodes: everybody });
  if (absent().length > 0) emit({ type: 'warning-given', message: describeAbsent(absent()) });
  const roster = createRoster(wanted.nodes, everybody, groups);
  fleet.keepOnly(roster.all);
  return roster;
}

/** Nobody is left out because a broker lost what he said, as far as that can be known. */
async function awaitAnswers(
  absent: () => readonly NodeName[],
  { fleet, clock, signal }: Omit<RollCallOptions, 'emit'>,
): Promise<void> {
  await sleep(clock, ASK_AGAIN_MS, signal);
  let before = presentIn(fleet).length;
  if (before > LARGE_FLEET) fleet.askAll();
  await sleep(clock, ROLL_CALL_MS - ASK_AGAIN_MS + LEGACY_MARGIN_MS, signal);
  for (let waitedMs = 0; waitedMs < MOST_ASKING_MS; waitedMs += ASK_AGAIN_MS) {
    const { length } = presentIn(fleet);
    const isGrowing = length > LARGE_FLEET && length > before;
    if (!isGrowing && (waitedMs >= ABSENT_MS || absent().length === 0)) return;
    if (isGrowing) fleet.askAll();
    before = length;
    await sleep(clock, ASK_AGAIN_MS, signal);
  }
}

function presentIn(fleet: Fleet): readonly NodeMachine[] {
  return fleet.nodes.filter(({ state }) => state === 'alive' || state === 'legacy');
}

/** Those who would belong to the run if they answered, and seem to be there. */
function absentAmong(fleet: Fleet, { nodes, groups, all }: PlaybookNodes): NodeName[] {
  const belongs = (info: Info | undefined): boolean =>
    info !== undefined && (all || groups.some((group) => info.groups.includes(group)));
  return fleet.nodes
    .filter(({ node, presence }) => !nodes.includes(node) && belongs(presence.unanswered))
    .map(({ node }) => node);
}

const MOST_NAMED = 5;

function describeAbsent(nodes: readonly NodeName[]): string {
  const rest = nodes.length > MOST_NAMED ? ` and ${nodes.length - MOST_NAMED} more` : '';
  const names = nodes.slice(0, MOST_NAMED).join(', ') + rest;
  return `not taken for a node of this run, since an INFO stands at the broker but nobody answered: ${names}`;
}

function nobody(what: string): AppError {
  return new AppError('NO_NODES', `${what} the roll call within ${ROLL_CALL_MS / 1000} s`, {
    hint: 'start the agents first (orchestrate agent --name NAME), and see who is there with: orchestrate nodes',
  });
}

function createRoster(
  named: readonly NodeName[],
  everybody: readonly NodeName[],
  groups: ReadonlyMap<string, readonly NodeName[]>,
): Roster {
  const all = [...new Set([...named, ...everybody, ...[...groups.values()].flat()])];
  return {
    all,
    nodesOf({ terms }) {
      const nodes = terms.flatMap((term) => {
        if (term.kind === 'node') return [term.name];
        return term.kind === 'all' ? everybody : (groups.get(term.name) ?? []);
      });
      return [...new Set(nodes)];
    },
  };
}
