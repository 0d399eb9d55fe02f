import type { Benchmark, Table } from './support/benchmark.ts';
import type { BrokerKind } from './support/brokers.ts';
import { type Exchange, recordExchanges } from './support/exchange.ts';
import { nodeName } from './support/fleet-request.ts';
import { type OwnProcess, startOwn } from './support/own-process.ts';
import { runByCli, stepsTookMs } from './support/program.ts';
import { median } from './support/statistics.ts';

const SIZES = [100, 1000, 5000];
const ROUNDS = 3;
const PAIR = 'SEND * START\nWAITFOR * STARTED\n';

/** What one size of a fleet took, in milliseconds, and the control machine's megabytes. */
interface Measured {
  readonly size: number;
  readonly first: number;
  readonly later: number;
  readonly bareFirst: number;
  readonly bareLater: number;
  readonly bareMinimal: number;
  readonly rssMb: number;
  readonly cpuMs: number;
}

/** SEND to all and WAITFOR all, against bare mqtt.js that moves the same messages in the same order. */
export function fleetSizeOn({ name, start }: BrokerKind): Benchmark {
  return async () => {
    const measured: Measured[] = [];
    for (const size of SIZES) {
      const { port, stop } = await start();
      try {
        measured.push(await measure(size, port));
      } finally {
        await stop();
      }
    }
    return [tableOf(name, measured)];
  };
}

async function measure(size: number, port: number): Promise<Measured> {
  const processes: OwnProcess[] = [];
  const start = async (name: string, request: object): Promise<OwnProcess> => {
    const started = await startOwn(name, { port, count: size, ...request });
    processes.push(started);
    return started;
  };
  await start('fleet', { root: 'ours' });
  const recorded = await recordExchanges(port, 'ours', nodeName(0));
  const exchanges = [...recorded, minimal(recorded)];
  await start('bare-fleet', { root: 'bare', exchanges });
  const bare = await start('bare-control', { root: 'bare', exchanges });

  const runs: Omit<Measured, 'size'>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { events, exitCode, probe } = await runByCli(PAIR + PAIR, port, 'ours');
    if (exitCode !== 0) throw new Error(`a run on ${size} nodes ended with ${exitCode}`);
    runs.push({
      first: stepsTookMs(events, 0, 1),
      later: stepsTookMs(events, 2, 3),
      bareFirst: await bare.ask<number>('run', { first: 0, last: 2 }),
      bareLater: await bare.ask<number>('run', { first: 3, last: 3 }),
      bareMinimal: await bare.ask<number>('run', { first: 4, last: 4 }),
      rssMb: probe.maxRssMb,
      cpuMs: probe.cpuMs,
    });
  }
  for (const each of processes) await each.end();
  const of = (key: keyof Omit<Measured, 'size'>): number => median(runs.map((run) => run[key]));
  return {
    size,
    first: of('first'),
    later: of('later'),
    bareFirst: of('bareFirst'),
    bareLater: of('bareLater'),
    bareMinimal: of('bareMinimal'),
    rssMb: of('rssMb'),
    cpuMs: of('cpuMs'),
  };
}

/** One command, one answer. */
function minimal([, , start]: readonly Exchange[]): Exchange {
  return { commandBytes: start?.commandBytes ?? 0, answers: start?.answers.slice(0, 1) ?? [] };
}

function tableOf(broker: string, measured: readonly Measured[]): Table {
  const smallest = measured[0];
  return {
    title: `SEND * START, WAITFOR * STARTED on ${broker}, median of ${ROUNDS} in turns (goal: 1.5 ×)`,
    columns: [
      'nodes',
      'first ms',
      '× bare',
      'later ms',
      '× bare',
      '× 1 command, 1 answer',
      'later µs a node',
      'control MB',
      'more kB a node',
      'control CPU ms',
    ],
    rows: measured.map((at) => [
      at.size,
      at.first,
      at.first / at.bareFirst,
      at.later,
      at.later / at.bareLater,
      at.later / at.bareMinimal,
      (at.later * 1000) / at.size,
      at.rssMb,
      smallest && at !== smallest ? ((at.rssMb - smallest.rssMb) * 1024) / (at.size - smallest.size) : '',
      at.cpuMs,
    ]),
  };
}
