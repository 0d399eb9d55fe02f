import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MqttClient } from 'mqtt';
import { connectBare } from '../support/bare-client.ts';
import { nodeName } from '../support/fleet-request.ts';
import { inTurns } from '../support/in-turns.ts';
import { brokerWords, PROGRAM, WITH_PROBE } from '../support/program.ts';
import { quietFunctions } from './quiet-function.ts';
import type { Stamps } from './stamps.ts';

export const ROOT = 'sync';
export const GROUP = 'all';

interface FleetOptions {
  /** A port for each agent. */
  readonly ports: readonly number[];
  /** Of the broker itself, to see who has come. */
  readonly brokerPort: number;
  readonly stamps: Stamps;
}

export interface Fleet {
  /** By node: what to add to the agent's monotonic clock for the machine's. */
  readonly originsMs: ReadonlyMap<string, number>;
  end(): Promise<void>;
}

/** So many start at a time: each needs its share of the processors to keep its own limits. */
const STARTED_AT_ONCE = 4;
const ALIVE_LIMIT_MS = 30_000;

/** Agents as they are shipped, a process each, whose startFunction stamps its start under its first argument. */
export async function startFleet({ ports, brokerPort, stamps }: FleetOptions): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-fleet-'));
  const functions = join(folder, 'functions.sh');
  const stamp = stamps.fileOf('$1', '$MY_TOPIC');
  writeFileSync(functions, quietFunctions(stamp));
  const listener = await connectBare(brokerPort, [`${ROOT}/+/STATUS`]);
  const originFile = (node: string): string => join(folder, `${node}.origin`);
  const start = async (index: number): Promise<ChildProcess> => {
    const node = nodeName(index);
    const identity = ['agent', '--name', node, '--group', GROUP, '--functions', functions];
    const words = [PROGRAM, ...identity, ...brokerWords(ports[index] ?? 0, ROOT)];
    const alive = seen(listener, `${ROOT}/${node}/STATUS`, 'ALIVE');
    const child = spawn(process.execPath, [...WITH_PROBE, ...words], {
      cwd: folder,
      env: { ...process.env, LC_ALL: 'C.UTF-8', BENCH_ORIGIN: originFile(node) },
      stdio: 'ignore',
    });
    process.once('exit', () => child.kill('SIGKILL'));
    await alive;
    return child;
  };
  process.setMaxListeners(process.getMaxListeners() + ports.length);
  const agents = await inTurns(ports.length, start, STARTED_AT_ONCE);
  listener.end(true);
  const nodes = ports.map((_, index) => nodeName(index));
  return {
    originsMs: new Map(nodes.map((node) => [node, Number(readFileSync(originFile(node), 'utf8'))])),
    async end() {
      await Promise.all(agents.map(endAgent));
      rmSync(folder, { recursive: true });
    },
  };
}

function seen(client: MqttClient, topic: string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${text} on ${topic}`)), ALIVE_LIMIT_MS);
    client.on('message', function look(itsTopic: string, payload: Buffer) {
      if (itsTopic !== topic || payload.toString() !== text) return;
      clearTimeout(timer);
      client.removeListener('message', look);
      resolve();
    });
  });
}

async function endAgent(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null) return;
  agent.kill('SIGTERM');
  await once(agent, 'exit');
}
