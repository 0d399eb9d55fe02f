import { checkPlaybook, parseTextPlaybook } from '../src/playbook/index.ts';
import type { Benchmark } from './support/benchmark.ts';
import { median } from './support/statistics.ts';

const SIZES = [10_000, 100_000];
const ROUNDS = 7;

/** Reading and checking a long playbook, against merely splitting it into lines and words. */
export const playbookSize: Benchmark = async () => [
  {
    title: `A playbook read and checked, median of ${ROUNDS} in turns`,
    columns: ['steps', 'split ms', 'parse ms', 'check ms', 'µs a step', '× split'],
    rows: SIZES.map(rowOf),
  },
];

function rowOf(size: number): number[] {
  const source = playbookOf(size);
  const [splitMs, parseMs, checkMs]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    splitMs.push(took(() => source.split('\n').map((line) => line.split(/\s+/))));
    parseMs.push(took(() => parseTextPlaybook(source, 'bench.playbook')));
    const { value } = parseTextPlaybook(source, 'bench.playbook');
    if (value?.steps.length !== size) throw new Error('the playbook was not read');
    const options = { variables: new Map<string, string>() };
    checkMs.push(took(() => checkPlaybook(value, options)));
  }
  const [split, parse, check] = [median(splitMs), median(parseMs), median(checkMs)];
  return [size, split, parse, check, ((parse + check) * 1000) / size, (parse + check) / split];
}

function playbookOf(size: number): string {
  const block = [
    'SET PORT=5201',
    'SEND node1,node2 START $PORT "two words"',
    'WAITFOR node1,node2 STARTED TIMEOUT 10s',
    'WAIT 2s',
    'SEND * STOP',
  ];
  return Array.from({ length: size }, (_, index) => `${block[index % block.length]}\n`).join('');
}

function took(work: () => unknown): number {
  const since = performance.now();
  work();
  return performance.now() - since;
}
