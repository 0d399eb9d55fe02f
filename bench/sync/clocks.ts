import { brokerWords, runProgram } from '../support/program.ts';
import { ROOT } from './fleet.ts';

/** What `orchestrate clocks` says of each node, against the truth. */
export interface ClocksMeasured {
  readonly errorsMs: readonly number[];
  readonly uncertaintiesMs: readonly number[];
  /** Nodes whose true offset is outside of what was called certain. */
  readonly violations: number;
  /** Nodes whose clocks it could not measure. */
  readonly unknown: number;
}

/** Null where no ping was answered. */
interface ClockRow {
  readonly node: string;
  readonly offsetMs: number | null;
  readonly uncertaintyMs: number | null;
}

/** So well is the truth known: two processes' origins, each read to about a microsecond. */
const TRUTH_MS = 0.005;

/** Origins are what a process's own monotonic clock is behind the machine's: they tell the true offset of any two. */
export async function measureClocks(
  controlPort: number,
  originsMs: ReadonlyMap<string, number>,
): Promise<ClocksMeasured> {
  const nodes = [...originsMs.keys()].join(',');
  const words = ['clocks', nodes, '--json', ...brokerWords(controlPort, ROOT)];
  const { output, probe } = await runProgram(words, {});
  const rows = JSON.parse(output) as readonly ClockRow[];
  const known = rows.flatMap(({ node, offsetMs, uncertaintyMs }) => {
    if (offsetMs === null || uncertaintyMs === null) return [];
    const trueMs = probe.originMs - (originsMs.get(node) ?? Number.NaN);
    return [{ errorMs: Math.abs(offsetMs - trueMs), uncertaintyMs }];
  });
  return {
    errorsMs: known.map(({ errorMs }) => errorMs),
    uncertaintiesMs: known.map(({ uncertaintyMs }) => uncertaintyMs),
    violations: known.filter(({ errorMs, uncertaintyMs }) => !(errorMs <= uncertaintyMs + TRUTH_MS)).length,
    unknown: rows.length - known.length,
  };
}
