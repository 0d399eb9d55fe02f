import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MqttClient } from 'mqtt';
import { connectBare } from './support/bare-client.ts';
import type { Benchmark } from './support/benchmark.ts';
import { MOSQUITTO } from './support/brokers.ts';
import { agentCommand, agentFileCommand, shellAgentCommand } from './support/commands.ts';
import { median } from './support/statistics.ts';

const ROUNDS = 7;
const SETTLE_MS = 3000;

interface Kind {
  readonly name: string;
  readonly command: (port: number, root: string, node: string) => readonly string[];
}

const KINDS: readonly Kind[] = [
  { name: 'orchestrate agent', command: (...where) => [process.execPath, ...agentCommand(...where)] },
  { name: 'agent.cjs', command: (...where) => [process.execPath, ...agentFileCommand(...where)] },
  { name: 'agent.sh, bash', command: (...where) => ['bash', ...shellAgentCommand(...where)] },
  { name: 'agent.sh, dash', command: (...where) => ['dash', ...shellAgentCommand(...where)] },
  { name: 'agent.sh, busybox ash', command: (...where) => ['busybox', 'sh', ...shellAgentCommand(...where)] },
];

/** What each of the agents costs its machine, with all of its processes, and how soon it is there. */
export const agents: Benchmark = async () => {
  const { port, stop } = await MOSQUITTO.start();
  const listener = await connectBare(port, ['bench/+/STATUS']);
  const measured = new Map(
    KINDS.map(({ name }) => [name, { aliveMs: [] as number[], megabytes: [] as number[], processes: 0 }]),
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, { name, command }] of KINDS.entries()) {
      const node = `n${round}-${index}`;
      const figures = measured.get(name);
      const alive = untilAlive(listener, node);
      const since = performance.now();
      const [file = '', ...words] = command(port, 'bench', node);
      const child = spawn(file, words, { stdio: 'ignore' });
      await alive;
      figures?.aliveMs.push(performance.now() - since);
      await sleep(SETTLE_MS);
      const family = familyOf(child.pid ?? 0);
      figures?.megabytes.push(family.reduce((sum, pid) => sum + proportionalMb(pid), 0));
      if (figures) figures.processes = family.length;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }
  listener.end(true);
  await stop();
  return [
    {
      title: `An idle agent with all of its processes, and the time to ALIVE (mosquitto), median of ${ROUNDS}`,
      columns: ['agent', 'PSS MB', 'processes', 'ALIVE ms'],
      rows: [...measured].map(([name, { aliveMs, megabytes, processes }]) => [
        name,
        median(megabytes),
        processes,
        median(aliveMs),
      ]),
    },
  ];
};

function untilAlive(listener: MqttClient, node: string): Promise<void> {
  return new Promise((resolve) => {
    const look = (topic: string, payload: Buffer): void => {
      if (topic !== join('bench', node, 'STATUS') || payload.toString() !== 'ALIVE') return;
      listener.removeListener('message', look);
      resolve();
    };
    listener.on('message', look);
  });
}

/** The process and everything that hangs below it. */
function familyOf(root: number): readonly number[] {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => [Number(pid), Number(/\) \S (\d+) /.exec(read(`/proc/${pid}/stat`))?.[1])] as const),
  );
  const belongs = (pid: number | undefined): boolean =>
    pid !== undefined && pid > 0 && (pid === root || belongs(parents.get(pid)));
  return [...parents.keys()].filter((pid) => belongs(pid));
}

/** Its share of the memory that it has in use: what several processes share is divided among them. */
function proportionalMb(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) / 1024;
}

/** A process may end at any moment. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
