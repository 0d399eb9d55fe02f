import type { RunEvent, RunEventBody } from '../../src/events/index.ts';
import type { NodeHistory, Work } from './history.ts';
import { NODES } from './scenario.ts';
import type { SimulatedRun } from './simulate.ts';

type EventOf<T extends RunEventBody['type']> = Extract<RunEvent, { type: T }>;
type Histories = ReadonlyMap<string, NodeHistory>;

/** One attempt of a SYNC: node → the id of its command, as far as it went out. */
interface Attempt {
  readonly line: number;
  readonly nodes: readonly string[];
  readonly commands: Map<string, string>;
}

/** Of a time of day in whole milliseconds. */
const ROUNDING_MS = 1;

/** Commands that those of another attempt have taken the place of. */
export function supersededIn(run: SimulatedRun): ReadonlySet<string> {
  const earlier = syncsOf(run).flatMap((attempts) => attempts.slice(0, -1));
  return new Set(earlier.flatMap(({ commands }) => [...commands.values()]));
}

/** Whatever happens: unless every node was armed, nobody begins. */
export function nobodyBeginsUnlessAllAreArmed(run: SimulatedRun, histories: Histories): string[] {
  return syncsOf(run)
    .flat()
    .flatMap(({ nodes, commands }) => {
      const begun = nodes.filter((node) => workOf(histories, node, commands) !== undefined);
      const unarmed = nodes.filter((node) => !histories.get(node)?.armed.has(commands.get(node) ?? ''));
      if (begun.length === 0 || unarmed.length === 0) return [];
      return [`${begun.join(', ')} began, but ${unarmed.join(', ')} of the same SYNC was not armed`];
    });
}

/** What is told about a start holds, as far as it claims to be known. A SYNC that passed has begun everywhere. */
export function startsAreAsTold(run: SimulatedRun, histories: Histories, wallStartMs: number): string[] {
  return syncsOf(run).flatMap((attempts) => {
    const last = attempts.at(-1);
    const measured = allOf(run.events, 'sync-measured').find(({ step }) => step.line === last?.line);
    if (!last || !measured) return [];
    const plannedMs = Date.parse(measured.plannedAt) - wallStartMs;
    const wrong = measured.starts.flatMap((start) => {
      if (!start.started) return [];
      const work = workOf(histories, start.node, last.commands);
      if (!work) return [`${start.node} is told to have begun, but has not`];
      const offMs = Math.abs(work.sinceMs - plannedMs - start.afterMs);
      if (offMs <= start.uncertaintyMs + ROUNDING_MS) return [];
      return [`${start.node} began ${offMs} ms from where it is told, ±${start.uncertaintyMs} ms`];
    });
    return isVerdictRight(measured, last)
      ? wrong
      : [...wrong, `a SYNC is told as ${JSON.stringify(measured)}`];
  });
}

function isVerdictRight(
  { verdict, starts, skewMs, budgetMs }: EventOf<'sync-measured'>,
  { nodes }: Attempt,
): boolean {
  if (verdict !== 'passed') return true;
  const all = starts.length === nodes.length && starts.every(({ started }) => started);
  return all && skewMs !== undefined && skewMs <= (budgetMs ?? Number.POSITIVE_INFINITY);
}

/** The attempts of every SYNC of a run: a node that gets a second command begins a second attempt. */
function syncsOf({ lines, events }: SimulatedRun): readonly (readonly Attempt[])[] {
  const syncs: Attempt[][] = [];
  let attempts: Attempt[] | undefined;
  for (const event of events) {
    if (event.type === 'step-started' && event.step.kind === 'sync') {
      const { line } = event.step;
      attempts = [{ line, nodes: nodesOfSync(lines, line), commands: new Map() }];
      syncs.push(attempts);
    } else if (event.type === 'step-finished') {
      attempts = undefined;
    } else if (event.type === 'command-sent' && attempts) {
      let last = attempts.at(-1);
      if (!last) continue;
      if (last.commands.has(event.node)) {
        last = { ...last, commands: new Map() };
        attempts.push(last);
      }
      last.commands.set(event.node, event.commandId);
    }
  }
  return syncs;
}

/** @param line of the SYNC, from 1 */
function nodesOfSync(lines: readonly string[], line: number): readonly string[] {
  const block = lines.slice(line);
  const sends = block.slice(
    0,
    block.findIndex((each) => each.startsWith('GO')),
  );
  return sends.flatMap((send) => {
    const [, who = ''] = send.split(' ');
    return who === '*' ? NODES : who.split(',');
  });
}

function workOf(histories: Histories, node: string, commands: ReadonlyMap<string, string>): Work | undefined {
  const id = commands.get(node);
  return histories.get(node)?.work.find(({ commandId }) => commandId === id);
}

function allOf<T extends RunEventBody['type']>(events: readonly RunEvent[], type: T): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}
