import { expect, test } from 'vitest';
import type { FunctionOutcome } from '../../../src/agent/shell/shell.ts';
import { createTestShell, type TestShell } from './test-shell.ts';

// SOAK_SEED=… repeats a run, SOAK_COMMANDS=… makes it longer.
const SEED = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));
const COMMANDS = Number(process.env.SOAK_COMMANDS ?? 2000);

const SCRIPT = `
steps=0
step() { ((steps += 1)); echo "step $steps"; return "$((steps % 200))"; }
plain() { echo out; echo err >&2; return "$1"; }
leave() { nested "$1"; echo never; }
nested() { while :; do for i in 1 2; do if true; then exit "$1"; fi; done; done; }
fail() { set -e; (exit "$1"); echo never; }
term() { kill "$$"; echo never; }
flood() { head -c 300000 /dev/zero | tr '\\0' x | fold -w 99; echo; return "$1"; }
behind() { { for i in 1 2 3 4 5; do echo tick; sleep 0.02; done; } & return "$1"; }
close_all() { exec 1>&- 2>&-; return "$1"; }
options() { set -xfuC; IFS=0; exec </dev/null; return "$1"; }
arithmetic() { x=$((1 / 0)); echo never; }
unset_variable() { set -u; echo "$nope"; echo never; }
leave_hard() { builtin exit "$1"; }
kill_shell() { kill -9 "$$"; }
endless_child() { sleep 100; echo never; }
endless_pipe() { yes | cat >/dev/null; echo never; }
endless_loop() { while :; do :; done; echo never; }
endless_read() { mkfifo "fifo$1"; read -r line <>"fifo$1"; echo never; }
short() { sleep "0.00$(($1 % 10))"; return "$1"; }
`;

/** Functions by what they return, and how often each is drawn. */
const ENDING: readonly (readonly [weight: number, name: string, code: (n: number) => number])[] = [
  [6, 'plain', (n) => n],
  [3, 'leave', (n) => n],
  [2, 'fail', (n) => n],
  [2, 'term', () => 143],
  [2, 'flood', (n) => n],
  [2, 'behind', (n) => n],
  [1, 'close_all', (n) => n],
  [1, 'options', (n) => n],
  [1, 'arithmetic', () => 1],
];
const DEADLY: typeof ENDING = [
  [2, 'unset_variable', () => 1],
  [1, 'leave_hard', (n) => n],
  [1, 'kill_shell', () => 137],
];
const ENDLESS = ['endless_child', 'endless_pipe', 'endless_loop', 'endless_read'] as const;

test(`random hostile commands, none with a wrong code (SOAK_SEED=${SEED})`, {
  timeout: 600_000,
}, async () => {
  const halves = [createTestShell(SCRIPT), createTestShell(SCRIPT)];
  await Promise.all(halves.map((t) => t.load()));
  const wrong = await Promise.all(halves.map((t, index) => soak(t, SEED + index, Math.ceil(COMMANDS / 2))));
  expect(wrong.flat()).toEqual([]);
  for (const t of halves) expect(t.lines()).not.toContain('never');
});

/** @returns a description of each command that did not end as it should */
async function soak(t: TestShell, seed: number, commands: number): Promise<string[]> {
  const random = createRandom(seed);
  const wrong: string[] = [];
  let steps = 0;
  const check = (what: string, outcome: FunctionOutcome, isRight: boolean): void => {
    if (!isRight) wrong.push(`${what}: ${JSON.stringify(outcome)}`);
  };
  for (let count = 0; count < commands; count += 1) {
    const n = 1 + Math.floor(random() * 120);
    const kind = random();
    if (kind < 0.3) {
      steps += 1;
      const before = t.output.length;
      const outcome = await t.run('step');
      const printed = t.output.slice(before).some(({ line }) => line === `step ${steps}`);
      check(`step ${steps}`, outcome, isPlain(outcome, steps % 200) && printed);
    } else if (kind < 0.75) {
      const [, name, code] = draw(ENDING, random);
      const outcome = await t.run(name, String(n));
      check(`${name} ${n}`, outcome, isPlain(outcome, code(n)));
    } else if (kind < 0.78) {
      const [, name, code] = draw(DEADLY, random);
      const outcome = await t.run(name, String(n));
      check(`${name} ${n}`, outcome, outcome.code === code(n) && outcome.warnings.length === 1);
    } else if (kind < 0.9) {
      const name = ENDLESS[Math.floor(random() * ENDLESS.length)] ?? 'endless_child';
      const outcome = await interruptedAfter(t, random() * 15, name, String(count));
      check(name, outcome, outcome.interrupted && outcome.code === 143 && outcome.warnings.length === 0);
    } else {
      const outcome = await interruptedAfter(t, random() * 15, 'short', String(n));
      check(`short ${n}`, outcome, outcome.interrupted ? outcome.code === 143 : isPlain(outcome, n));
    }
  }
  return wrong;
}

const isPlain = ({ code, interrupted, warnings }: FunctionOutcome, expected: number): boolean =>
  code === expected && !interrupted && warnings.length === 0;

async function interruptedAfter(
  t: TestShell,
  delayMs: number,
  ...[name, argument]: [string, string]
): Promise<FunctionOutcome> {
  const outcome = t.run(name, argument);
  const timer = setTimeout(() => t.shell.interrupt(), delayMs);
  await outcome;
  clearTimeout(timer);
  return outcome;
}

function draw(from: typeof ENDING, random: () => number): (typeof ENDING)[number] {
  let left = random() * from.reduce((sum, [weight]) => sum + weight, 0);
  const drawn = from.find(([weight]) => {
    left -= weight;
    return left < 0;
  });
  return drawn ?? from[0] ?? [1, 'plain', (n) => n];
}

/** mulberry32: the same numbers from the same seed, everywhere. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
