// How long the program takes to start, as multiples of the shortest start that Node.js itself can do (`node -e 0`).
// The commands take turns, so that whatever else the machine does hits all of them alike.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROUNDS = 40;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = join(root, 'dist', 'orchestrate.js');
const launcher = join(root, 'orchestrate');
const cases = [
  { name: 'node -e 0', command: ['node', '-e', '0'], exitCode: 0 },
  { name: 'dist --version', command: ['node', entry, '--version'], exitCode: 0, goal: 1.5 },
  { name: './orchestrate --version', command: [launcher, '--version'], exitCode: 0, goal: 1.5 },
  { name: './orchestrate --help', command: [launcher, '--help'], exitCode: 0 },
  {
    name: './orchestrate run -p missing',
    command: [launcher, 'run', '-p', 'missing'],
    exitCode: 2,
    goal: 2.5,
  },
  { name: './orchestrate config', command: [launcher, 'config'], exitCode: 0 },
];

const timesMs = new Map(cases.map(({ name }) => [name, []]));
for (const { command } of cases) start(command);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const { name, command, exitCode } of cases) {
    const before = performance.now();
    const status = start(command);
    timesMs.get(name).push(performance.now() - before);
    if (status !== exitCode) throw new Error(`${name} ended with ${status} instead of ${exitCode}`);
  }
}

const base = median(timesMs.get('node -e 0'));
process.stdout.write(`Cold start, median of ${ROUNDS} rounds, Node.js ${process.versions.node}\n`);
for (const { name, goal } of cases) {
  const ms = median(timesMs.get(name));
  const against = goal === undefined ? '' : `  (goal: ${goal} x)`;
  process.stdout.write(
    `${name.padEnd(30)} ${ms.toFixed(0).padStart(5)} ms  ${(ms / base).toFixed(2)} x${against}\n`,
  );
}

function start([file, ...words]) {
  return spawnSync(file, words, { stdio: 'ignore', cwd: '/' }).status;
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
