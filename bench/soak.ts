import { setTimeout as sleep } from 'node:timers/promises';
import { startTcpProxy } from '../test/support/tcp-proxy.ts';
import type { Benchmark } from './support/benchmark.ts';
import { MOSQUITTO } from './support/brokers.ts';
import { startOwn } from './support/own-process.ts';
import { runByCli } from './support/program.ts';

const NODES = 20;
const ROUNDS = 1500;
const RECONNECT_EVERY_MS = 10_000;
/** Memory is flat when the last third keeps no more than so much above the middle one, in the mean. */
const BAND = 1.05;

/** 30,000 commands over minutes, while all connections break every 10 s. */
export const soak: Benchmark = async () => {
  const { port, stop } = await MOSQUITTO.start();
  const proxies = [await startTcpProxy(port), await startTcpProxy(port)] as const;
  const fleet = await startOwn('fleet', { port: proxies[0].port, root: 'soak', count: NODES });
  const step = 'SEND * WORK\nWAITFOR * WORK-DONE\nWAIT 75ms\n';
  const done = new AbortController();
  const cutting = cutInTurns(proxies, done.signal);
  const run = runByCli(step.repeat(ROUNDS), proxies[1].port, 'soak', { BENCH_SAMPLES: '1' });
  const { exitCode, events, probe } = await run;
  done.abort();
  const cuts = await cutting;
  const calls = await fleet.ask<number[]>('calls');
  const fleetHeapMb = await fleet.ask<number>('heapMb');
  await fleet.end();
  for (const proxy of proxies) await proxy.close();
  await stop();

  const { samples } = probe;
  const third = Math.floor(samples.length / 3);
  const mean = (key: 'rssMb' | 'heapMb', from: number): number =>
    samples.slice(from, from + third).reduce((sum, sample) => sum + sample[key], 0) / third;
  const [heap, rss] = [
    mean('heapMb', 2 * third) / mean('heapMb', third),
    mean('rssMb', 2 * third) / mean('rssMb', third),
  ];
  const each = calls.every((count) => count === ROUNDS);
  return [
    {
      title: `Soak: ${NODES} nodes × ${ROUNDS} commands in ${Math.round((events.at(-1)?.elapsedMs ?? 0) / 1000)} s, ${cuts} times all connections of one side broken`,
      columns: ['what', 'is', 'wanted'],
      rows: [
        ['exit code', exitCode ?? '', 0],
        ['commands run at the agents', calls.reduce((sum, count) => sum + count, 0), NODES * ROUNDS],
        ['each agent ran each command once', each ? 'yes' : 'NO', 'yes'],
        ['heap, last third ÷ middle third', heap, `≤ ${BAND}`],
        ['resident, last third ÷ middle third', rss, `≤ ${BAND}`],
        ['heap in the last third, MB', mean('heapMb', 2 * third), ''],
        ['heap of all agents at the end, MB', fleetHeapMb, ''],
      ],
    },
  ];
};

/** First the agents' connections, then the control machine's, and so on. */
async function cutInTurns(proxies: readonly { cut(): void }[], signal: AbortSignal): Promise<number> {
  for (let cuts = 0; ; cuts += 1) {
    try {
      await sleep(RECONNECT_EVERY_MS, undefined, { signal });
    } catch {
      return cuts;
    }
    proxies[cuts % proxies.length]?.cut();
  }
}
