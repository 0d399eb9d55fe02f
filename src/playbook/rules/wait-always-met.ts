import { createWarning } from '../../diagnostics/index.ts';
import type { CreateRule } from './rule.ts';
import { speaksOfAll } from './subjects.ts';

/** Without an inventory `*` is whoever answers, so nobody can be missed. */
export const createWaitAlwaysMetRule: CreateRule =
  ({ inventory }) =>
  (step, resolved) => {
    if (inventory || resolved.kind !== 'waitfor' || resolved.words[0] !== 'ALIVE') return [];
    if (!speaksOfAll(resolved.nodes)) return [];
    const message =
      'this cannot fail: without an inventory "*" means the agents that answer, and those are alive; name the nodes';
    return [createWarning('WAIT_ALWAYS_MET', step.position, message)];
  };
