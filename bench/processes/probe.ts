// Loaded into the program that is measured, before it: notes its memory, and writes what it took when it ends.
import { writeFileSync } from 'node:fs';
import type { Probe } from '../support/program.ts';

const SAMPLE_MS = 1000;
const MEGABYTE = 1024 * 1024;

const samples: Probe['samples'][number][] = [];

// A garbage collection costs time: only where memory is what is measured.
if (process.env.BENCH_SAMPLES) {
  setInterval(() => {
    globalThis.gc?.();
    const { rss, heapUsed } = process.memoryUsage();
    samples.push({ rssMb: rss / MEGABYTE, heapMb: heapUsed / MEGABYTE });
  }, SAMPLE_MS).unref();
}

process.on('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const probe: Probe = { maxRssMb: maxRSS / 1024, cpuMs: (userCPUTime + systemCPUTime) / 1000, samples };
  if (process.env.BENCH_PROBE) writeFileSync(process.env.BENCH_PROBE, JSON.stringify(probe));
});
