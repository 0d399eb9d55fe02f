import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../../src/events/index.ts';

/** The benchmarks run from a bundle in node_modules/.cache/bench. */
const BUNDLE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(BUNDLE, '../../..');
export const PROGRAM = join(ROOT, 'dist/orchestrate.js');
export const AGENT_FILE = join(ROOT, 'dist/agent.cjs');
export const SHELL_AGENT = join(ROOT, 'node-scripts/agent.sh');
export const LAUNCHER = join(ROOT, 'orchestrate');

/** What `processes/probe.ts` writes at the end of the process that it was loaded into. */
export interface Probe {
  /** What to add to its `performance.now()` for the monotonic clock of the machine. */
  readonly originMs: number;
  readonly maxRssMb: number;
  readonly cpuMs: number;
  /** With BENCH_SAMPLES in the environment, once a second after a garbage collection. */
  readonly samples: readonly { readonly rssMb: number; readonly heapMb: number }[];
}

export interface CliRun {
  readonly exitCode: number | null;
  readonly events: readonly RunEvent[];
  readonly probe: Probe;
}

/** Runs a playbook by the built program, which tells its events and what it took. */
export async function runByCli(
  playbook: string,
  port: number,
  root: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<CliRun> {
  const words = ['run', '-p', 'playbook', '--reporter', 'ndjson', ...brokerWords(port, root)];
  const { exitCode, output, probe } = await runProgram(words, { playbook }, environment);
  const lines = output.trimEnd().split('\n');
  return { exitCode, events: lines.map((line) => JSON.parse(line)), probe };
}

/** Options for the broker at this port, and the root of all topics. */
export function brokerWords(port: number, root: string): readonly string[] {
  return ['-m', `127.0.0.1:${port}`, '-t', root];
}

/** Words for Node.js that load `processes/probe.ts` before what follows. */
export const WITH_PROBE: readonly string[] = ['--expose-gc', '--import', join(BUNDLE, 'processes/probe.js')];

interface ProgramRun {
  readonly exitCode: number | null;
  /** What it wrote to stdout. */
  readonly output: string;
  readonly probe: Probe;
}

/** Nothing here takes as long: what does hangs. */
const LONGEST_RUN_MS = 600_000;

/** Runs the built program to its end, in a folder of its own that has these files. */
export async function runProgram(
  words: readonly string[],
  files: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<ProgramRun> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const output = await open(join(folder, 'output'), 'w');
    const child = spawn(process.execPath, [...WITH_PROBE, PROGRAM, ...words], {
      cwd: folder,
      env: { ...process.env, ...environment, BENCH_PROBE: join(folder, 'probe') },
      stdio: ['ignore', output.fd, 'inherit'],
      timeout: LONGEST_RUN_MS,
      killSignal: 'SIGKILL',
    });
    const [exitCode] = await once(child, 'exit');
    await output.close();
    return {
      exitCode,
      output: await readFile(join(folder, 'output'), 'utf8'),
      probe: JSON.parse(await readFile(join(folder, 'probe'), 'utf8')),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

type StepEvent = Extract<RunEvent, { type: 'step-started' | 'step-finished' }>;

/** From the beginning of one step to the end of another. */
export function stepsTookMs(events: readonly RunEvent[], first: number, last: number): number {
  const at = (type: StepEvent['type'], index: number): number =>
    events.find((event) => event.type === type && event.step.index === index)?.elapsedMs ?? Number.NaN;
  return at('step-finished', last) - at('step-started', first);
}
