import { AppError, type Clock, sleep } from '../base/index.ts';
import type { RunEventBody } from '../events/index.ts';
import type { NodeExpression, PlaybookNodes } from '../playbook/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { Fleet } from './fleet.ts';

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
  await sleep(clock, ROLL_CALL_MS + LEGACY_MARGIN_MS, signal);
  const present = fleet.nodes.filter(({ state }) => state === 'alive' || state === 'legacy');
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
  const roster = createRoster(wanted.nodes, everybody, groups);
  fleet.keepOnly(roster.all);
  return roster;
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
