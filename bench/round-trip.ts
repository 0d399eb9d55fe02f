import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import type { RunEvent } from '../src/events/index.ts';
import { connectBare } from './support/bare-client.ts';
import type { Benchmark } from './support/benchmark.ts';
import { EMBEDDED, MOSQUITTO } from './support/brokers.ts';
import { agentCommand } from './support/commands.ts';
import { startOwn } from './support/own-process.ts';
import { runByCli } from './support/program.ts';
import { median, percentile } from './support/statistics.ts';

const ROUNDS = 3;
const TRIPS = 1200;
/** Before them, a new process still compiles. The first has a ping and a lease before it, too. */
const WARM_UP = 200;
/** About as large as a command of ours. */
const PING = Buffer.alloc(330, 'x');
const PLAYBOOK = 'SEND node1 START\nWAITFOR node1 STARTED\n'.repeat(TRIPS);

/** From a SEND to the STARTED that answers it, against the shortest way there and back through the same broker. */
export const roundTrip: Benchmark = async () => {
  const rows: (string | number)[][] = [];
  for (const broker of [EMBEDDED, MOSQUITTO]) {
    const { port, stop } = await broker.start();
    const echo = await startOwn('echo', { port });
    const fleet = await startOwn('fleet', { port, root: 'ours', count: 1 });
    const bash = spawn(process.execPath, agentCommand(port, 'bash', 'node1'), { stdio: 'ignore' });
    await sleep(2000);
    const client = await connectBare(port, ['bare/pong']);
    const [bareMs, oursMs, bashMs]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      bareMs.push(...(await pingPong(client)));
      oursMs.push(...tripsIn((await runByCli(PLAYBOOK, port, 'ours')).events));
      bashMs.push(...tripsIn((await runByCli(PLAYBOOK, port, 'bash')).events));
    }
    client.end(true);
    bash.kill('SIGTERM');
    await once(bash, 'exit');
    await Promise.all([echo.end(), fleet.end()]);
    await stop();
    rows.push(
      ...rowsOf(broker.name, 'bare mqtt.js ping-pong', bareMs, bareMs),
      ...rowsOf(broker.name, 'SEND → STARTED', oursMs, bareMs),
      ...rowsOf(broker.name, 'SEND → STARTED, the function in a real bash', bashMs, bareMs),
    );
  }
  return [
    {
      title: `Round trip, ${ROUNDS} × ${TRIPS - WARM_UP} in turns (goal: 2 ×)`,
      columns: ['broker', 'what', 'p50 ms', '×', 'p99 ms', '×'],
      rows,
    },
  ];
};

function rowsOf(broker: string, what: string, values: number[], bare: number[]): (string | number)[][] {
  const [p50, p99] = [median(values), percentile(values, 0.99)];
  return [[broker, what, p50, p50 / median(bare), p99, p99 / percentile(bare, 0.99)]];
}

async function pingPong(client: MqttClient): Promise<number[]> {
  const tookMs: number[] = [];
  for (let trip = 0; trip < TRIPS; trip += 1) {
    const since = performance.now();
    const pong = new Promise<void>((resolve) => client.once('message', () => resolve()));
    client.publish('bare/ping', PING, { qos: 1 });
    await pong;
    tookMs.push(performance.now() - since);
  }
  return tookMs.slice(WARM_UP);
}

/** From the command's way out to the status's way in. */
function tripsIn(events: readonly RunEvent[]): number[] {
  const tookMs: number[] = [];
  let since = 0;
  for (const event of events) {
    if (event.type === 'step-started' && event.step.kind === 'send') since = event.elapsedMs;
    if (event.type === 'status-reported' && event.text === 'STARTED') tookMs.push(event.elapsedMs - since);
  }
  if (tookMs.length !== TRIPS) throw new Error(`${tookMs.length} of ${TRIPS} round trips`);
  return tookMs.slice(WARM_UP);
}
