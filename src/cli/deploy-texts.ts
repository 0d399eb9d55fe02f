import { AppError } from '../base/index.ts';
import type { HostFacts, HostOutcome } from '../deploy/index.ts';
import type { NodeName } from '../protocol/index.ts';
import { type Column, formatTable } from '../report/index.ts';
import type { NodeWatch } from '../run/index.ts';

type Outcomes = ReadonlyMap<NodeName, HostOutcome>;
type Standing = NodeWatch['standingOf'] | undefined;

/** What became of the hosts, and how many of each. */
export function tableOfOutcomes(outcomes: Outcomes): readonly string[] {
  const rows = [...outcomes].map(([node, outcome]) => [node, outcome.kind, detailOf(outcome)]);
  return [...formatTable(OUTCOME_COLUMNS, rows), '', countsOf(outcomes)];
}

const OUTCOME_COLUMNS: readonly Column[] = [
  { title: 'node', align: 'left' },
  { title: 'outcome', align: 'left' },
  { title: 'what', align: 'left' },
];

function detailOf(outcome: HostOutcome): string {
  switch (outcome.kind) {
    case 'failed':
      return `${outcome.problem.kind}: ${outcome.problem.detail}`;
    case 'skipped':
    case 'seen':
      return '';
    default:
      return outcome.detail;
  }
}

/** `6 hosts: 4 deployed, 1 unchanged, 1 failed` */
function countsOf(outcomes: Outcomes): string {
  const counts = new Map<string, number>();
  for (const { kind } of outcomes.values()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const parts = [...counts].map(([kind, count]) => `${count} ${kind}`);
  return `${outcomes.size} host${outcomes.size === 1 ? '' : 's'}: ${parts.join(', ')}`;
}

/** What is on the hosts, and how their nodes stand. */
export function tableOfSeen(outcomes: Outcomes, standing: Standing): readonly string[] {
  const rows = [...outcomes].map(([node, outcome]) =>
    outcome.kind === 'seen'
      ? [node, ...cellsOf(outcome.facts), ...standingCells(node, outcome.facts, standing)]
      : [node, outcome.kind, '-', '-', '-', '-', '-'],
  );
  return formatTable(SEEN_COLUMNS, rows);
}

const SEEN_COLUMNS: readonly Column[] = [
  { title: 'node', align: 'left' },
  { title: 'installed', align: 'left' },
  { title: 'process', align: 'right' },
  { title: 'service', align: 'left' },
  { title: 'over MQTT', align: 'left' },
  { title: 'version', align: 'left' },
  { title: 'held by', align: 'left' },
];

function cellsOf({ files, hasFolder, agent, serviceSum, serviceManager }: HostFacts): readonly string[] {
  const program = ['agent.cjs', 'agent.sh'].find((name) => files.has(name));
  return [
    program ?? (hasFolder ? 'parts' : '-'),
    agent === undefined ? '-' : String(agent.pid),
    serviceSum === undefined ? '-' : serviceManager,
  ];
}

/** An agent that lives under the name, but is not the one of this host, is told apart by its session. */
function standingCells(node: NodeName, { agent }: HostFacts, standing: Standing): readonly string[] {
  if (!standing) return ['?', '?', '?'];
  const { state, session, version, lease } = standing(node);
  const isOther = state === 'alive' && session !== agent?.session;
  return [isOther ? 'alive elsewhere' : state, version ?? '-', lease?.owner ?? '-'];
}

/** For programs. */
export function outcomesToJson(outcomes: Outcomes, standing?: Standing): readonly string[] {
  const list = [...outcomes].map(([node, outcome]) => ({ node, ...toJson(node, outcome, standing) }));
  return [JSON.stringify(list, undefined, 2)];
}

function toJson(node: NodeName, outcome: HostOutcome, standing: Standing): object {
  switch (outcome.kind) {
    case 'failed': {
      const { kind, detail, hint, log = [] } = outcome.problem;
      return { outcome: 'failed', problem: kind, detail, hint, log };
    }
    case 'seen': {
      const { agent, files, serviceSum, serviceManager, folder } = outcome.facts;
      const { state = null, lease = null } = standing?.(node) ?? {};
      return {
        outcome: 'seen',
        folder,
        files: [...files.keys()],
        pid: agent?.pid ?? null,
        session: agent?.session ?? null,
        service: serviceSum === undefined ? null : serviceManager,
        state,
        lease,
      };
    }
    case 'skipped':
      return { outcome: 'skipped' };
    default:
      return { outcome: outcome.kind, detail: outcome.detail, notes: outcome.notes };
  }
}

/** @throws AppError DEPLOY_FAILED with the names of the hosts that are not as they should be */
export function assertAllWell(outcomes: Outcomes): void {
  const bad = [...outcomes].filter(([, { kind }]) => kind === 'failed' || kind === 'skipped');
  if (bad.length === 0) return;
  const names = bad.map(([node]) => node).join(', ');
  throw new AppError('DEPLOY_FAILED', `${bad.length} of ${outcomes.size} hosts failed: ${names}`, {
    hint: 'what happened on each, and what to do, is above',
  });
}
