import { AppError } from '../base/index.ts';
import type { RunEventBody, StepRef } from '../events/index.ts';
import { expandVariables, type Playbook, resolveStep, type Step, type Variables } from '../playbook/index.ts';
import type { NodeName } from '../protocol/index.ts';
import { problemsOfAbort, verdictOfAbort } from './abort.ts';
import type { Command } from './node/command.ts';
import { PASSED, type StepContext, type StepOutcome } from './step-context.ts';
import { runStep } from './steps/registry.ts';

interface RunStepsOptions
  extends Pick<
    StepContext,
    | 'fleet'
    | 'receptions'
    | 'workingDirectory'
    | 'clock'
    | 'nodesOf'
    | 'inventory'
    | 'timeoutMs'
    | 'ackTimeoutMs'
    | 'signal'
  > {
  readonly playbook: Playbook;
  /** Given by the user; they win over SET. */
  readonly variables: ReadonlyMap<string, string>;
  readonly emit: (event: RunEventBody) => void;
}

export function stepRef({ index, kind, position, text }: Step): StepRef {
  return { index, kind, line: position.line, text };
}

/** Runs the steps in order until one does not pass. */
export async function runSteps(options: RunStepsOptions): Promise<StepOutcome> {
  const { playbook, clock, emit, signal } = options;
  const variables = new Map(options.variables);
  const lastSent = new Map<NodeName, Command>();
  for (const step of playbook.steps) {
    signal.throwIfAborted();
    const ref = { ...stepRef(step), text: shownText(step, variables, options.variables) };
    const since = clock.now();
    emit({ type: 'step-started', step: ref });
    const finished = (outcome: StepOutcome): void =>
      emit({ type: 'step-finished', step: ref, ...outcome, tookMs: clock.now() - since });
    try {
      const outcome = await runStep(resolve(step, variables), {
        ...options,
        variables,
        given: options.variables,
        lastSent,
        reportProgress: (progress) => emit({ type: 'step-waiting', step: ref, ...progress }),
        reportSync: (measured) => emit({ type: 'sync-measured', step: ref, ...measured }),
        warn: ({ node, reason: message }) => emit({ type: 'warning-given', node, message }),
      });
      finished(outcome);
      if (outcome.verdict !== 'passed') return outcome;
    } catch (thrown) {
      if (signal.aborted)
        finished({ verdict: verdictOfAbort(signal.reason), problems: problemsOfAbort(signal.reason) });
      throw thrown;
    }
  }
  return PASSED;
}

/** With the values that it really has: of a SET that `--var` overrules, that of `--var`. */
function shownText(step: Step, variables: Variables, given: Variables): string {
  const value = step.kind === 'set' ? given.get(step.name) : undefined;
  if (step.kind === 'set' && value !== undefined) return `SET ${step.name}=${value} (--var)`;
  return expandVariables(step.text, variables);
}

/** `check` has seen every step before; a step that means nothing now is a value that only the run could know. */
function resolve(step: Step, variables: ReadonlyMap<string, string>) {
  const { value, diagnostics } = resolveStep(step, variables);
  if (value) return value;
  throw new AppError('PLAYBOOK_INVALID', diagnostics.map(({ message }) => message).join('; '));
}
