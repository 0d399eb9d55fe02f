import { resolve } from 'node:path';
import { AppError } from '../../base/index.ts';
import { CONTROL_MACHINE, PASSED, type StepRunner } from '../step-context.ts';

/** Listens before the next step runs; the transfer itself goes on beside the steps that follow. */
export const runReceive: StepRunner<'receive'> = async ({ port, file }, { receptions, workingDirectory }) => {
  try {
    await receptions.open(port, resolve(workingDirectory, file), file);
    return PASSED;
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const reason = thrown.hint === undefined ? thrown.message : `${thrown.message}; ${thrown.hint}`;
    return { verdict: 'failed', problems: [{ node: CONTROL_MACHINE, reason }] };
  }
};
