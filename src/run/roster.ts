import { AppError, type Clock, sleep } from '../base/index.ts';
import { quote } from '../diagnostics/index.ts';
import type { RunEventBody } from '../events/index.ts';
import {
  type Inventory,
  type KnownNodes,
  type Mentioned,
  mentionedIn,
  type NodeExpression,
  selectNodes,
} from '../inventory/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { Fleet } from './fleet.ts';
import { knownAmong } from './known-agents.ts';
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
 * `*` and groups stand for the agents that answer the roll call, named nodes for themselves. A playbook that has names
 * alone needs no roll call.
 * @throws AppError NO_NODES when `*`, a group or an expression turns out empty
 */
export async function callTheRoll(
  expressions: readonly NodeExpression[],
  { fleet, clock, emit, signal }: RollCallOptions,
): Promise<Roster> {
  const mentioned = mentionedIn(expressions);
  tellNamed(mentioned, emit);
  if (!needsRollCall(mentioned)) return createRoster(expressions, NOBODY);
  const absent = (): readonly NodeName[] => absentAmong(fleet, expressions, mentioned);
  await awaitAnswers(absent, { fleet, clock, signal });
  const known = knownAmong(presentIn(fleet).map(({ node, presence }) => [node, presence.info] as const));
  const roster = createRoster(expressions, known);
  for (const expression of tellable(expressions)) {
    const nodes = roster.nodesOf(expression);
    if (nodes.length === 0) throw nobody(expression.text);
    emit({ type: 'nodes-resolved', expression: expression.text, nodes });
  }
  if (absent().length > 0) emit({ type: 'warning-given', message: describeAbsent(absent()) });
  fleet.keepOnly(roster.all);
  return roster;
}

/** Whether it takes knowing who is there to tell whom a playbook means. */
export function needsRollCall({ groups, all }: Mentioned): boolean {
  return all || groups.length > 0;
}

/** With an inventory nobody has to be asked: who is missing is missed. */
export function readTheRoll(
  expressions: readonly NodeExpression[],
  inventory: Inventory,
  emit: RollCallOptions['emit'],
): Roster {
  const roster = createRoster(expressions, inventory);
  tellNamed(mentionedIn(expressions), emit);
  for (const expression of tellable(expressions)) {
    emit({ type: 'nodes-resolved', expression: expression.text, nodes: roster.nodesOf(expression) });
  }
  return roster;
}

function tellNamed({ nodes }: Mentioned, emit: RollCallOptions['emit']): void {
  if (nodes.length > 0) emit({ type: 'nodes-resolved', expression: nodes.join(','), nodes });
}

/** What a reader of the playbook cannot know: each group and `*`, and what is made of them. */
function tellable(expressions: readonly NodeExpression[]): readonly NodeExpression[] {
  const found = new Map<string, NodeExpression>();
  for (const expression of expressions) {
    const { parts } = expression;
    const isUnion = parts.every(({ isExcluded, terms }) => !isExcluded && terms.length === 1);
    const told = isUnion ? parts.map((part) => ({ text: part.text, parts: [part] })) : [expression];
    for (const each of told) if (needsRollCall(mentionedIn([each]))) found.set(each.text, each);
  }
  return [...found.values()];
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
function absentAmong(
  fleet: Fleet,
  expressions: readonly NodeExpression[],
  { nodes }: Mentioned,
): readonly NodeName[] {
  const silent = fleet.nodes.filter(({ presence }) => presence.unanswered !== undefined);
  const known = knownAmong(silent.map(({ node, presence }) => [node, presence.unanswered] as const));
  const named = new Set(nodes);
  return createRoster(expressions, known).all.filter((node) => known.hosts.has(node) && !named.has(node));
}

const NOBODY: KnownNodes = { hosts: new Map(), groups: new Map() };

const MOST_NAMED = 5;

function describeAbsent(nodes: readonly NodeName[]): string {
  const rest = nodes.length > MOST_NAMED ? ` and ${nodes.length - MOST_NAMED} more` : '';
  const names = nodes.slice(0, MOST_NAMED).join(', ') + rest;
  return `not taken for a node of this run, since an INFO stands at the broker but nobody answered: ${names}`;
}

function nobody(text: string): AppError {
  const isGroup = /^@[^,&]+$/.test(text);
  const who =
    text === '*' ? 'no agent' : isGroup ? `no agent of the group ${text}` : `no agent of ${quote(text)}`;
  return new AppError('NO_NODES', `${who} answered the roll call within ${ROLL_CALL_MS / 1000} s`, {
    hint: 'start the agents first (orchestrate agent --name NAME), and see who is there with: orchestrate nodes',
  });
}

function createRoster(expressions: readonly NodeExpression[], known: KnownNodes): Roster {
  const nodesOf = (expression: NodeExpression): readonly NodeName[] => selectNodes(expression, known);
  return { all: [...new Set(expressions.flatMap(nodesOf))], nodesOf };
}
