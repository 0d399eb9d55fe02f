import { createError, type Diagnostic } from '../diagnostics/index.ts';
import type { Playbook, ResolvedStep, Step } from './model.ts';
import { resolveSteps } from './resolve.ts';
import { createKnownNamesRule } from './rules/known-names.ts';
import { createLetterCaseRule } from './rules/letter-case.ts';
import { createMaxSkewUnitRule } from './rules/max-skew-unit.ts';
import { createNodeVariablesRule } from './rules/node-variables.ts';
import { createReceivePortRule } from './rules/receive-port.ts';
import { createRepeatedNodeRule } from './rules/repeated-node.ts';
import { createReplacedFileRule } from './rules/replaced-file.ts';
import { type CheckOptions, type CreateRule, pairSends, type Rule } from './rules/rule.ts';
import { createSendAfterTerminateRule } from './rules/send-after-terminate.ts';
import { createSyncNodesRule } from './rules/sync-nodes.ts';
import { createSyncVerbsRule } from './rules/sync-verbs.ts';
import { createWaitAlwaysMetRule } from './rules/wait-always-met.ts';
import { createWaitNeverMetRule } from './rules/wait-never-met.ts';

const RULES: readonly CreateRule[] = [
  createKnownNamesRule,
  createLetterCaseRule,
  createMaxSkewUnitRule,
  createNodeVariablesRule,
  createReceivePortRule,
  createRepeatedNodeRule,
  createReplacedFileRule,
  createSendAfterTerminateRule,
  createSyncNodesRule,
  createSyncVerbsRule,
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
    if (resolved)
      return withItsSends(step, resolved).flatMap((part) => rules.flatMap((rule) => rule(...part)));
    // What this step would have done is unknown, so what the rules remember no longer holds.
    rules = createRules();
    return diagnostics;
  });
}

type Meaning = readonly [Step, ResolvedStep];

function withItsSends(step: Step, resolved: ResolvedStep): readonly Meaning[] {
  return [
    [step, resolved],
    ...(step.kind === 'sync' && resolved.kind === 'sync' ? pairSends(step, resolved) : []),
  ];
}
