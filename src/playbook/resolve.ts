import type { Diagnostic, Parsed } from '../diagnostics/index.ts';
import type { Playbook, ResolvedStep, Step } from './model.ts';
import { Fields } from './steps/fields.ts';
import { resolveFields } from './steps/registry.ts';
import { referencesIn, type Variables } from './variables.ts';

/** What a step means with these variables, or why it means nothing. */
export function resolveStep(step: Step, variables: Variables): Parsed<ResolvedStep> {
  const fields = new Fields(variables);
  const value = resolveFields(step, fields);
  return { value, diagnostics: fields.diagnostics };
}

export interface StepResolution {
  readonly step: Step;
  /** Absent when the step means nothing; its diagnostics, or those of a SET before it, say why. */
  readonly resolved?: ResolvedStep;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * All steps in order, each with the variables that hold there: those of the SETs before it, and `given`, which win.
 * A SET that fails is reported once, not again for every step that uses its name.
 */
export function resolveSteps(playbook: Playbook, given: Variables): readonly StepResolution[] {
  const variables = new Map(given);
  const failedNames = new Set<string>();
  return playbook.steps.map((step) => {
    const knownToFail = referencesIn(step.text).some((name) => failedNames.has(name));
    const { value: resolved, diagnostics } = knownToFail
      ? { value: undefined, diagnostics: [] }
      : resolveStep(step, variables);
    if (step.kind === 'set' && !given.has(step.name)) {
      if (resolved?.kind === 'set') {
        variables.set(step.name, resolved.value);
        failedNames.delete(step.name);
      } else {
        failedNames.add(step.name);
      }
    }
    return { step, resolved, diagnostics };
  });
}
