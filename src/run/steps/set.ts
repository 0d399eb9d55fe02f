import { PASSED, type StepRunner } from '../step-context.ts';

/** What the user gave with `--var` wins. */
export const runSet: StepRunner<'set'> = async ({ name, value }, { variables, given }) => {
  if (!given.has(name)) variables.set(name, value);
  return PASSED;
};
