import { brokerWords, runProgram } from '../support/program.ts';
import { ROOT } from './fleet.ts';

/** What `orchestrate clocks` says of each node, against the truth. */
export interface ClocksMeasured {
  readonly errorsMs: readonly number[];
  readonly uncertaintiesMs: readonly number[];
  /** Nodes whose true offset is outside of what was called certain. */
  readonly violations: number;
}

interface ClockRow {
  readonly node: string;
  readonly offsetMs: number;
  readonly uncertaintyMs: number;
}

/** So well is the truth known: two processes' origins, each read to about a microsecond. */
const TRUTH_MS = 0.005;

/** Origins are what a process's own monotonic clock is behind the machine's: they tell the true offset of any two. */
export async function measureClocks(
  controlPort: number,
  originsMs: ReadonlyMap<string, number>,
): Promise<ClocksMeasured> {
  const { exitCode, output, probe } = await runProgram(
    ['clocks', '--json', ...brokerWords(controlPort, ROOT)],
    {},
  );
  if (exitCode !== 0) throw new Error(`orchestrate clocks ended with ${exitCode}`);
  const rows = (JSON.parse(output) as readonly ClockRow[]).map(({ node, offsetMs, uncertaintyMs }) => {
    const trueMs = probe.originMs - (originsMs.get(node) ?? Number.NaN);
    return { errorMs: Math.abs(offsetMs - trueMs), uncertaintyMs };
  });
  return {
    errorsMs: rows.map(({ errorMs }) => errorMs),
    uncertaintiesMs: rows.map(({ uncertaintyMs }) => uncertaintyMs),
    violations: rows.filter(({ errorMs, uncertaintyMs }) => errorMs > uncertaintyMs + TRUTH_MS).length,
  };
}
