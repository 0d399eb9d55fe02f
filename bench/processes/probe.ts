// Loaded into the program that is measured, before it: notes its clock and its memory, and writes what it took when it ends.
import { writeFileSync } from 'node:fs';
import type { Probe } from '../support/program.ts';
import { performanceOriginMs } from '../sync/monotonic.ts';

const SAMPLE_MS = 1000;
const MEGABYTE = 1024 * 1024;

const samples: Probe['samples'][number][] = [];

const originMs = performanceOriginMs();
if (process.env.BENCH_ORIGIN) writeFileSync(process.env.BENCH_ORIGIN, String(originMs));

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
  const cpuMs = (userCPUTime + systemCPUTime) / 1000;
  const probe: Probe = { originMs, maxRssMb: maxRSS / 1024, cpuMs, samples };
  if (process.env.BENCH_PROBE) writeFileSync(process.env.BENCH_PROBE, JSON.stringify(probe));
});
