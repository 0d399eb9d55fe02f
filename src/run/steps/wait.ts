import { sleep } from '../../base/index.ts';
import { PASSED, type StepRunner } from '../step-context.ts';
import { PROGRESS_EVERY_MS } from '../wait-progress.ts';

export const runWait: StepRunner<'wait'> = async ({ durationMs }, { clock, reportProgress, signal }) => {
  const since = clock.now();
  // The end is reckoned once: what is left of a duration can be too little to move a clock that reads fractions.
  const until = since + durationMs;
  for (let now = since; now < until; now = clock.now()) {
    const waitedMs = now - since;
    if (waitedMs > 0) reportProgress({ satisfied: [], missing: [], waitedMs, timeoutMs: durationMs });
    await sleep(clock, Math.min(PROGRESS_EVERY_MS, until - now), signal);
  }
  return PASSED;
};
