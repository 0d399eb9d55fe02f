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
export const LAUNCHER = join(ROOT, 'orchestrate');

/** What `processes/probe.ts` writes at the end of the process that it was loaded into. */
export interface Probe {
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
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    await writeFile(join(folder, 'playbook'), playbook);
    const events = await open(join(folder, 'events'), 'w');
    const words = ['run', '-p', 'playbook', '-m', `127.0.0.1:${port}`, '-t', root, '--reporter', 'ndjson'];
    const probe = ['--expose-gc', '--import', join(BUNDLE, 'processes/probe.js')];
    const child = spawn(process.execPath, [...probe, PROGRAM, ...words], {
      cwd: folder,
      env: { ...process.env, ...environment, BENCH_PROBE: join(folder, 'probe') },
      stdio: ['ignore', events.fd, 'inherit'],
    });
    const [exitCode] = await once(child, 'exit');
    await events.close();
    const lines = (await readFile(join(folder, 'events'), 'utf8')).trimEnd().split('\n');
    return {
      exitCode,
      events: lines.map((line) => JSON.parse(line)),
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
