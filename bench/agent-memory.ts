import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './support/benchmark.ts';
import { MOSQUITTO } from './support/brokers.ts';
import { agentCommand, agentFileCommand, bareAgentCommand } from './support/commands.ts';
import { median } from './support/statistics.ts';

const ROUNDS = 5;
/** Long enough for what a start leaves behind to be collected, or not. */
const SETTLE_MS = 3000;

/** What an idle agent keeps in memory, against a Node.js that does nothing. */
export const agentMemory: Benchmark = async () => {
  const { port, stop } = await MOSQUITTO.start();
  const kinds = [
    { name: 'bare Node.js', command: () => ['-e', 'setInterval(() => {}, 1e9)'], megabytes: [] as number[] },
    {
      name: 'bare mqtt.js',
      command: (n: number) => bareAgentCommand(port, `bench/bare${n}`),
      megabytes: [] as number[],
    },
    {
      name: 'orchestrate agent, without its bash',
      command: (n: number) => agentCommand(port, 'bench', `ours${n}`),
      megabytes: [] as number[],
    },
    {
      name: 'agent.cjs, without its bash',
      command: (n: number) => agentFileCommand(port, 'bench', `file${n}`),
      megabytes: [] as number[],
    },
  ];
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all(
      kinds.map(async ({ command, megabytes }) => {
        const child = spawn(process.execPath, command(round), { stdio: 'ignore' });
        await sleep(SETTLE_MS);
        megabytes.push(residentMb(child.pid));
        child.kill('SIGTERM');
        await once(child, 'exit');
      }),
    );
  }
  await stop();
  const baseMb = median(kinds[0]?.megabytes ?? []);
  return [
    {
      title: `Resident memory when idle, median of ${ROUNDS}`,
      columns: ['process', 'MB', '× bare Node.js', 'goal'],
      rows: kinds.map(({ name, megabytes }, index) => {
        const megabyte = median(megabytes);
        return [name, megabyte, megabyte / baseMb, index >= 2 ? 1.6 : ''];
      }),
    },
  ];
};

function residentMb(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
