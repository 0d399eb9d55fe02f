import { createWarning } from '../../diagnostics/index.ts';
import { type CreateRule, speaksOfAll } from './rule.ts';

/** Without an inventory `*` is whoever answers, so nobody can be missed. */
export const createWaitAlwaysMetRule: CreateRule =
  ({ hasInventory }) =>
  (step, resolved) => {
    if (hasInventory || resolved.kind !== 'waitfor' || resolved.words[0] !== 'ALIVE') return [];
    if (!speaksOfAll(resolved.nodes)) return [];
    const message =
      'this cannot fail: without an inventory "*" means the agents that answer, and those are alive; name the nodes';
    return [createWarning('WAIT_ALWAYS_MET', step.position, message)];
  };
