import type { ResolvedStep } from '../../playbook/index.ts';
import type { StepContext, StepOutcome, StepRunner } from '../step-context.ts';
import { runProbe } from './probe.ts';
import { runReceive } from './receive.ts';
import { runSend } from './send.ts';
import { runSet } from './set.ts';
import { runSync } from './sync.ts';
import { runWait } from './wait.ts';
import { runWaitFor } from './waitfor.ts';

/** Every kind of step has its runner; the compiler asks for it. */
const RUNNERS: { readonly [K in ResolvedStep['kind']]: StepRunner<K> } = {
  send: runSend,
  waitfor: runWaitFor,
  wait: runWait,
  set: runSet,
  receive: runReceive,
  probe: runProbe,
  sync: runSync,
};

export function runStep<K extends ResolvedStep['kind']>(
  step: Extract<ResolvedStep, { kind: K }>,
  context: StepContext,
): Promise<StepOutcome> {
  return (RUNNERS[step.kind as K] as StepRunner<K>)(step, context);
}
