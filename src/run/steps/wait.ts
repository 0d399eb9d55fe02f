import { sleep } from '../../base/index.ts';
import { PASSED, type StepRunner } from '../step-context.ts';

export const runWait: StepRunner<'wait'> = async (step, { clock, signal }) => {
  await sleep(clock, step.durationMs, signal);
  return PASSED;
};
