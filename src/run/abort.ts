import { AppError } from '../base/index.ts';
import type { NodeProblem, Verdict } from '../events/index.ts';
import { CONTROL_MACHINE } from './step-context.ts';

/** Why a run aborts itself: the broker is gone for good. */
export class BrokerLost extends Error {}

/** What becomes of a step or a run that is aborted for this reason: by itself, by a fault of ours, or by the user. */
export function verdictOfAbort(reason: unknown): Verdict {
  if (reason instanceof BrokerLost) return 'broker-lost';
  return reason instanceof AppError ? 'failed' : 'interrupted';
}

export function problemsOfAbort(reason: unknown): readonly NodeProblem[] {
  return reason instanceof AppError ? [{ node: CONTROL_MACHINE, reason: reason.message }] : [];
}
