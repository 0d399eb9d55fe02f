import { sleep } from '../../base/index.ts';
import { PASSED, type StepRunner } from '../step-context.ts';
import { PROGRESS_EVERY_MS } from '../wait-progress.ts';

export const runWait: StepRunner<'wait'> = async ({ durationMs }, { clock, reportProgress, signal }) => {
  const since = clock.now();
  for (let waitedMs = 0; waitedMs < durationMs; waitedMs = clock.now() - since) {
    if (waitedMs > 0) reportProgress({ satisfied: [], missing: [], waitedMs, timeoutMs: durationMs });
    await sleep(clock, Math.min(PROGRESS_EVERY_MS, durationMs - waitedMs), signal);
  }
  return PASSED;
};
