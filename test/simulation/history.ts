import type { AgentEffect, AgentInput, EffectOf } from '../../src/agent/machine/agent-port.ts';
import type { CommandOutcome } from '../../src/protocol/index.ts';

/** A function that was called, what it left running, and until when there was anything of the two. */
export interface Work {
  readonly commandId: string;
  /** Undefined: no command of a run asked for it. */
  readonly run: string | undefined;
  readonly name: string;
  readonly args: readonly string[];
  readonly session: string;
  readonly sinceMs: number;
  /** How the function ended; undefined while it runs, or when it died with its agent. */
  ended: { readonly code: number; readonly interrupted: boolean } | undefined;
  untilMs: number;
}

/** What really happened on one node, whatever was said about it. */
export interface NodeHistory {
  readonly work: readonly Work[];
  /** Statuses said, with the command that they were about. */
  readonly statuses: readonly { readonly text: string; readonly commandId: string | undefined }[];
  /** What the agents said about commands; the first time counts. */
  readonly results: ReadonlyMap<string, CommandOutcome>;
  /** Ids of commands that were armed. */
  readonly armed: ReadonlySet<string>;
  /** When the node last heard of each run that it is held by it. */
  readonly heardOf: ReadonlyMap<string, number>;
  /** Runs that have given it back, and want their work to go on. */
  readonly releasedBy: ReadonlySet<string>;
}

export interface HistoryWriter extends NodeHistory {
  /** All that a session of the node's agent meets and does. */
  observe(session: string, input: AgentInput, effects: readonly AgentEffect[]): void;
  /** The agent is gone, and what it ran with it. */
  sessionEnded(): void;
}

/** @param leaves functions that leave something running */
export function createHistory(now: () => number, leaves: ReadonlySet<string>): HistoryWriter {
  const work: Work[] = [];
  const statuses: NodeHistory['statuses'][number][] = [];
  const results = new Map<string, CommandOutcome>();
  const armed = new Set<string>();
  const waiting = new Map<string, EffectOf<'run-function'>>();
  const heardOf = new Map<string, number>();
  const releasedBy = new Set<string>();
  /** Of commands that arrived. */
  const runs = new Map<string, string>();
  let running: Work | undefined;
  let kept: readonly string[] = [];

  const endAll = (isSpared: (each: Work) => boolean): void => {
    for (const each of work) {
      if (each.untilMs === Number.POSITIVE_INFINITY && !isSpared(each)) each.untilMs = now();
    }
  };

  function begin(session: string, { id, name, args }: EffectOf<'run-function'>): void {
    running = {
      commandId: id,
      run: runs.get(id),
      name,
      args,
      session,
      sinceMs: now(),
      ended: undefined,
      untilMs: Number.POSITIVE_INFINITY,
    };
    work.push(running);
  }

  function took(session: string, input: AgentInput): void {
    if (input.kind === 'function-started') {
      const call = waiting.get(input.id);
      if (call) begin(session, call);
    } else if (input.kind === 'function-ended' && running) {
      const { code, interrupted } = input.outcome;
      running.ended = { code, interrupted };
      if (!leaves.has(running.name)) running.untilMs = now();
      running = undefined;
    } else if (input.kind === 'leftovers-ended') {
      endAll(({ commandId }) => kept.includes(commandId));
    } else if (input.kind === 'message' && input.message.kind === 'command') {
      const { command } = input.message;
      if (command.kind !== 'envelope' || command.envelope.run === undefined) return;
      const { id, run, verb, args } = command.envelope;
      if (verb === '_lease') heardOf.set(run, now());
      else if (verb === '_release' && args[0] === undefined) releasedBy.add(run);
      else if (verb === '_release') return;
      else runs.set(id, run);
    }
  }

  function did(session: string, effect: AgentEffect): void {
    if (effect.kind === 'run-function') {
      if (effect.at === undefined) begin(session, effect);
      else waiting.set(effect.id, effect);
    } else if (effect.kind === 'end-leftovers') {
      kept = effect.kept;
    } else if (effect.kind === 'reply') {
      const { reply } = effect;
      if (reply.kind === 'status') statuses.push({ text: reply.text, commandId: reply.id });
      if (reply.kind === 'ack' && reply.accepted && reply.leftMs !== undefined) armed.add(reply.id);
      if (reply.kind === 'result' && !results.has(reply.id)) results.set(reply.id, reply.outcome);
    }
  }

  return {
    work,
    statuses,
    results,
    armed,
    heardOf,
    releasedBy,
    observe(session, input, effects) {
      took(session, input);
      for (const effect of effects) did(session, effect);
    },
    sessionEnded() {
      running = undefined;
      endAll(() => false);
    },
  };
}
