import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { connectBare } from './support/bare-client.ts';
import type { Benchmark, Table } from './support/benchmark.ts';
import { MOSQUITTO } from './support/brokers.ts';
import { agentCommand, agentFileCommand, bareAgentCommand } from './support/commands.ts';
import { LAUNCHER, PROGRAM } from './support/program.ts';
import { median } from './support/statistics.ts';

const ROUNDS = 30;
const AGENT_ROUNDS = 10;

interface Start {
  readonly name: string;
  readonly command: readonly string[];
  readonly exitCode: number;
  readonly goal?: number;
}

const STARTS: readonly Start[] = [
  { name: 'node -e 0', command: ['node', '-e', '0'], exitCode: 0 },
  { name: 'dist --version', command: ['node', PROGRAM, '--version'], exitCode: 0, goal: 1.5 },
  { name: './orchestrate --version', command: [LAUNCHER, '--version'], exitCode: 0, goal: 1.5 },
  { name: './orchestrate --help', command: [LAUNCHER, '--help'], exitCode: 0 },
  {
    name: './orchestrate run -p missing',
    command: [LAUNCHER, 'run', '-p', 'missing'],
    exitCode: 2,
    goal: 2.5,
  },
  { name: './orchestrate config', command: [LAUNCHER, 'config'], exitCode: 0 },
];

/** How long the program takes to start, as multiples of the shortest start that Node.js itself can do. */
export const coldStart: Benchmark = async () => [commandStarts(), await agentStarts()];

function commandStarts(): Table {
  const times = new Map<string, number[]>(STARTS.map(({ name }) => [name, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { name, command, exitCode } of STARTS) {
      const tookMs = startOnce(command, exitCode);
      if (round > 0) times.get(name)?.push(tookMs);
    }
  }
  const baseMs = median(times.get('node -e 0') ?? []);
  return {
    title: `Cold start of the commands, median of ${ROUNDS}`,
    columns: ['command', 'ms', '× node -e 0', 'goal'],
    rows: STARTS.map(({ name, goal }) => {
      const ms = median(times.get(name) ?? []);
      return [name, ms, ms / baseMs, goal ?? ''];
    }),
  };
}

function startOnce([file = '', ...words]: readonly string[], exitCode: number): number {
  const since = performance.now();
  const { status } = spawnSync(file, words, { stdio: 'ignore', cwd: '/' });
  const tookMs = performance.now() - since;
  if (status !== exitCode) throw new Error(`${file} ${words.join(' ')} ended with ${status}`);
  return tookMs;
}

/** Until ALIVE has come through the broker: with bash, the node script and the claim of its name. */
async function agentStarts(): Promise<Table> {
  const { port, stop } = await MOSQUITTO.start();
  const listener = await connectBare(port, ['bench/+/STATUS']);
  const bareMs: number[] = [];
  const oursMs: number[] = [];
  const fileMs: number[] = [];
  for (let round = 0; round < AGENT_ROUNDS; round += 1) {
    bareMs.push(await untilAlive(listener, `bare${round}`, bareAgentCommand(port, `bench/bare${round}`)));
    oursMs.push(await untilAlive(listener, `ours${round}`, agentCommand(port, 'bench', `ours${round}`)));
    fileMs.push(await untilAlive(listener, `file${round}`, agentFileCommand(port, 'bench', `file${round}`)));
  }
  listener.end(true);
  await stop();
  const baseMs = median(bareMs);
  return {
    title: `From the start to ALIVE at the broker (mosquitto), median of ${AGENT_ROUNDS}`,
    columns: ['', 'ms', '× bare'],
    rows: [
      ['bare mqtt.js: connect, subscribe, publish', baseMs, 1],
      ['orchestrate agent', median(oursMs), median(oursMs) / baseMs],
      ['agent.cjs', median(fileMs), median(fileMs) / baseMs],
    ],
  };
}

async function untilAlive(listener: MqttClient, node: string, command: readonly string[]): Promise<number> {
  const alive = new Promise<void>((resolve) => {
    listener.on('message', (topic, payload) => {
      if (topic === join('bench', node, 'STATUS') && payload.toString() === 'ALIVE') resolve();
    });
  });
  const since = performance.now();
  const child = spawn(process.execPath, command, { stdio: 'ignore' });
  await alive;
  const tookMs = performance.now() - since;
  child.kill('SIGTERM');
  await once(child, 'exit');
  listener.removeAllListeners('message');
  return tookMs;
}
