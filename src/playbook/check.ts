import { createError, type Diagnostic } from './diagnostic.ts';
import type { Playbook } from './model.ts';
import { resolveSteps } from './resolve.ts';
import { createKnownNamesRule } from './rules/known-names.ts';
import { createLetterCaseRule } from './rules/letter-case.ts';
import { createReceivePortRule } from './rules/receive-port.ts';
import { createRepeatedNodeRule } from './rules/repeated-node.ts';
import { createReplacedFileRule } from './rules/replaced-file.ts';
import type { CheckOptions, CreateRule, Rule } from './rules/rule.ts';
import { createSendAfterTerminateRule } from './rules/send-after-terminate.ts';
import { createWaitAlwaysMetRule } from './rules/wait-always-met.ts';
import { createWaitNeverMetRule } from './rules/wait-never-met.ts';

const RULES: readonly CreateRule[] = [
  createKnownNamesRule,
  createLetterCaseRule,
  createReceivePortRule,
  createRepeatedNodeRule,
  createReplacedFileRule,
  createSendAfterTerminateRule,
  createWaitAlwaysMetRule,
  createWaitNeverMetRule,
];

/** What is wrong with a playbook as a whole, in the order of its steps; needs no broker and no node. */
export function checkPlaybook(playbook: Playbook, options: CheckOptions): readonly Diagnostic[] {
  if (playbook.steps.length === 0) {
    const start = { line: 1, column: 1, length: 1 };
    return [createError('EMPTY_PLAYBOOK', start, 'the playbook has no step: a run would prove nothing')];
  }
  const createRules = (): readonly Rule[] => RULES.map((createRule) => createRule(options));
  let rules = createRules();
  return resolveSteps(playbook, options.variables).flatMap(({ step, resolved, diagnostics }) => {
    if (resolved) return rules.flatMap((rule) => rule(step, resolved));
    // What this step would have done is unknown, so what the rules remember no longer holds.
    rules = createRules();
    return diagnostics;
  });
}
