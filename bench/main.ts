import { formatTable } from '../src/report/index.ts';
import { agentMemory } from './agent-memory.ts';
import { agents } from './agents.ts';
import { coldStart } from './cold-start.ts';
import { fleetSizeOn } from './fleet-size.ts';
import { playbookSize } from './playbook-size.ts';
import { roundTrip } from './round-trip.ts';
import { soak } from './soak.ts';
import type { Benchmark, Table } from './support/benchmark.ts';
import { EMBEDDED, MOSQUITTO } from './support/brokers.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  'cold-start': coldStart,
  'agent-memory': agentMemory,
  agents,
  'round-trip': roundTrip,
  'fleet-embedded': fleetSizeOn(EMBEDDED),
  'fleet-mosquitto': fleetSizeOn(MOSQUITTO),
  'playbook-size': playbookSize,
  soak,
};

const words = process.argv.slice(2);
const names = words.filter((word) => word !== '--json');
const unknown = names.filter((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown.length > 0) {
  process.stderr.write(
    `there is no ${unknown.join(', ')}; there are: ${Object.keys(BENCHMARKS).join(', ')}\n`,
  );
  process.exit(2);
}

const all: Table[] = [];
for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const tables = await benchmark();
  all.push(...tables);
  if (!words.includes('--json')) process.stdout.write(tables.map(formatted).join(''));
}
if (words.includes('--json')) process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
process.exit();

function formatted({ title, columns, rows }: Table): string {
  const isNumeric = (column: number): boolean => rows.some((row) => typeof row[column] === 'number');
  const lines = formatTable(
    columns.map((name, index) => ({ title: name, align: isNumeric(index) ? 'right' : 'left' })),
    rows.map((row) => row.map((cell) => (typeof cell === 'number' ? digits(cell) : cell))),
  );
  return `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** Three digits, and no fraction where there are more. */
function digits(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return String(Math.round(value));
  return value.toPrecision(3);
}
