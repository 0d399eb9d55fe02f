import { setTimeout as sleep } from 'node:timers/promises';
import type { RunEvent } from '../../src/events/index.ts';
import { runByCli } from '../support/program.ts';
import { startBusyShells } from './busy-shells.ts';
import { type ClocksMeasured, measureClocks } from './clocks.ts';
import { ROOT } from './fleet.ts';
import { goalOf } from './goals.ts';
import type { Lab } from './lab.ts';
import type { Options } from './options.ts';
import { PROFILES, type ProfileName } from './profiles.ts';
import { compareReport, type ReportCompared } from './report-compared.ts';
import { type StartTimes, skewMs } from './stamps.ts';
import { playbookOf, type Start, WAYS, type WayName } from './ways.ts';

/** What was measured with so many nodes on such a network. */
export interface Cell {
  readonly nodes: number;
  readonly profile: ProfileName;
  /** Of each start, by way. */
  readonly skewsMs: Readonly<Partial<Record<WayName | 'floor', readonly number[]>>>;
  /** From the beginning of a SYNC to its first command, by way. */
  readonly calibrationMs: Readonly<Partial<Record<WayName, readonly number[]>>>;
  /** What the report says of a start, against what the functions say. */
  readonly reports: readonly ReportCompared[];
  readonly clocks: readonly ClocksMeasured[];
  /** Starts that did not take place, or not on all nodes, and why. */
  readonly problems: readonly string[];
}

/** A function ends some 300 ms after its start; the rest is for a busy machine. */
const STAMPS_LIMIT_MS = 10_000;
/** Whoever was stopped has said so by the end of the run. */
const STOPPED_LIMIT_MS = 500;
const CALM_MS = 200;

/** All ways in turns, so that what else goes on meets them all alike. */
export async function measureCell(profile: ProfileName, lab: Lab, options: Options): Promise<Cell> {
  const { count, relay, stamps, floor, fleet } = lab;
  // It takes long, and is measured for its goal.
  const ways = options.ways.filter((way) => way !== 'sync-long' || goalOf(way, profile, count));
  const [syncs, sends] = [ways.filter(isSync), ways.filter((way) => !isSync(way))];
  const skewsMs: Partial<Record<WayName | 'floor', number[]>> = {};
  const calibrationMs: Partial<Record<WayName, number[]>> = {};
  const reports: ReportCompared[] = [];
  const clocks: ClocksMeasured[] = [];
  const problems: string[] = [];

  await relay.use(PROFILES[profile]);
  const stopBusyShells = startBusyShells(PROFILES[profile].busyShells);
  try {
    for (let round = 0; round < options.starts; round += 1) {
      await sleep(CALM_MS);
      await startFloor(round);
      for (const way of syncs) await startInRun([startOf(way, round)]);
      await startSends(round);
      if (round < options.clocks) clocks.push(await measureClocks(relay.ports.control, fleet.originsMs));
    }
  } finally {
    await stopBusyShells();
  }
  return { nodes: count, profile, skewsMs, calibrationMs, reports, clocks, problems };

  async function startFloor(round: number): Promise<void> {
    const tag = `${profile}-floor-${round}`;
    await floor.start(tag);
    note('floor', tag, await stamps.read(tag, count, STAMPS_LIMIT_MS));
  }

  /** A run that names a group takes seconds to see who belongs to it: two such runs have to do for all rounds. */
  async function startSends(round: number): Promise<void> {
    const half = Math.ceil(options.starts / 2);
    if (sends.length === 0 || round % half !== 0) return;
    const rounds = Array.from(
      { length: Math.min(half, options.starts - round) },
      (_, index) => round + index,
    );
    await startInRun(rounds.flatMap((each) => sends.map((way) => startOf(way, each))));
  }

  async function startInRun(starts: readonly Start[]): Promise<void> {
    const { exitCode, events } = await runByCli(playbookOf(count, starts), relay.ports.control, ROOT);
    const tags = starts.map(({ tag }) => tag).join(' ');
    if (exitCode !== 0) problems.push(`${tags}: exit code ${exitCode}, ${whyOf(events)}`);
    for (const { way, tag } of starts) {
      const times = await stamps.read(tag, count, exitCode === 0 ? STAMPS_LIMIT_MS : STOPPED_LIMIT_MS);
      note(way, tag, times);
      noteReport(way, events, times);
    }
  }

  function note(way: WayName | 'floor', tag: string, times: StartTimes): void {
    if (times.size === count) add(skewsMs, way, skewMs(times));
    else problems.push(`${tag}: ${times.size} of ${count} nodes started`);
  }

  function noteReport(way: WayName, events: readonly RunEvent[], times: StartTimes): void {
    const measured = events.find((event) => event.type === 'sync-measured');
    if (!measured) return;
    const { index } = measured.step;
    const begun = events.find((event) => event.type === 'step-started' && event.step.index === index);
    const armed = events.find((event) => event.type === 'command-sent' && event.seq > (begun?.seq ?? 0));
    if (begun && armed) add(calibrationMs, way, armed.elapsedMs - begun.elapsedMs);
    if (times.size === count) reports.push(compareReport(measured, times));
  }

  function startOf(way: WayName, round: number): Start {
    return { way, tag: `${profile}-${way}-${round}` };
  }
}

function isSync(way: WayName): boolean {
  return WAYS[way].isSync;
}

function add<K extends string>(lists: Partial<Record<K, number[]>>, key: K, value: number): void {
  const list = lists[key] ?? [];
  list.push(value);
  lists[key] = list;
}

function whyOf(events: readonly RunEvent[]): string {
  const end = events.findLast((event) => event.type === 'run-finished');
  if (!end) return 'no end';
  const failed = events.flatMap((event) =>
    event.type === 'command-finished' && event.end === 'failed'
      ? [`${event.node}: code ${event.code} ${event.reason ?? ''}`]
      : [],
  );
  const reasons = new Set([...end.problems.map(({ reason }) => reason), ...failed]);
  return `${end.verdict} (${[...reasons].slice(0, MOST_REASONS).join('; ')})`;
}

const MOST_REASONS = 3;
