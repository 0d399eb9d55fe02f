import type { FunctionStart } from '../../shell/shell.ts';
import type { AgentEffect, AgentInput, Moment } from '../agent-port.ts';
import type { Script } from '../script.ts';
import type { Task } from '../task.ts';
import type { Voice } from '../voice.ts';

/** What a job waits for. */
export type JobInput = Extract<
  AgentInput,
  { kind: 'script-loaded' | 'function-started' | 'function-ended' | 'leftovers-ended' | 'file-sent' }
>;

export type JobResult = Parameters<Voice['result']>[1];

/** What a job has at hand. */
export interface JobContext {
  readonly task: Task;
  readonly script: Script;
  /** Id under which initFunction ran: what it started is spared by STOP. */
  readonly initId: string;
  /** How long stopFunction may take before it is interrupted. */
  readonly stopLimitMs: number;
  readonly emit: (effect: AgentEffect) => void;
  /** From now on the task may leave something running. */
  readonly leavesWork: (now: Moment) => void;
  /** When the function began that waited for its instant. */
  readonly fired: (start: FunctionStart, now: Moment) => void;
  /** A status about the task. */
  readonly say: (text: string, now: Moment) => void;
  /** The end of the job; the result is undefined where no command asked for it. */
  readonly finish: (result: JobResult, now: Moment) => void;
}

/** One task being done. It says what is to be done next as effects, and is told when that has ended. */
export interface Job {
  begin(now: Moment): void;
  handle(input: JobInput, now: Moment): void;
  /**
   * Asks it to end early, once or more.
   * @param by verb of the command that does; undefined at its own deadline
   */
  interrupt(now: Moment, by?: string): void;
  /** When `interrupt` is due by itself. */
  readonly deadline?: number | undefined;
}

/** The part of a result that an ended function gives. */
export function resultOf({
  outcome,
  output,
}: Extract<JobInput, { kind: 'function-ended' }>): Pick<
  JobResult,
  'code' | 'stderr' | 'warnings' | 'output'
> {
  const { code, stderrTail, warnings } = outcome;
  return { code, stderr: stderrTail, warnings, ...(output !== undefined && { output }) };
}
