/** A step as everything that reads a run knows it. */
export interface StepRef {
  readonly index: number;
  readonly kind: string;
  readonly line: number;
  readonly text: string;
}

/** Why one node stands in the way. */
export interface NodeProblem {
  readonly node: string;
  readonly reason: string;
}

/**
 * How a step or a run ended.
 * failed: something was done and went wrong · timed-out: a wait was not met in time · unreachable: a node did not
 * answer, was lost or belongs to another run · broker-lost · interrupted: by the user.
 */
export const VERDICTS = [
  'passed',
  'failed',
  'timed-out',
  'unreachable',
  'broker-lost',
  'interrupted',
] as const;
export type Verdict = (typeof VERDICTS)[number];

/** The verdict that counts when several apply: the later in `VERDICTS` wins. */
export function worstVerdict(verdicts: Iterable<Verdict>): Verdict {
  let worst = 0;
  for (const verdict of verdicts) worst = Math.max(worst, VERDICTS.indexOf(verdict));
  return VERDICTS[worst] ?? 'passed';
}

/** How a command to a node ended, as the control machine sees it. */
export type CommandEnd = 'ok' | 'failed' | 'cancelled' | 'expired' | 'lost' | 'refused' | 'not-delivered';

/** How a node of a SYNC started, or why it did not. */
export type SyncStart =
  | {
      readonly node: string;
      readonly started: true;
      /** After the planned instant, on the control machine's clock. Negative: before. */
      readonly afterMs: number;
      /** How far that may be off, for certain: the clocks' part, and that of the stamp. */
      readonly uncertaintyMs: number;
      readonly stampedBy: 'shell' | 'agent';
    }
  | { readonly node: string; readonly started: false; readonly reason: string };

/** What the control machine knows of a node's presence. */
export type NodeState = 'unknown' | 'silent' | 'alive' | 'legacy' | 'reconnecting' | 'lost' | 'terminated';

export type RunEventBody =
  | {
      readonly type: 'run-started';
      readonly playbook: string;
      readonly broker: string;
      readonly owner: string;
      readonly steps: readonly StepRef[];
    }
  | { readonly type: 'nodes-resolved'; readonly expression: string; readonly nodes: readonly string[] }
  | {
      readonly type: 'broker-changed';
      readonly state: 'connected' | 'reconnected' | 'disconnected' | 'attempt-failed' | 'lost';
      readonly detail: string;
    }
  | {
      readonly type: 'node-changed';
      readonly node: string;
      readonly state: NodeState;
      readonly detail: string;
      /** It has no Node.js: it takes commands as plain text, and its STATUS alone tells what comes of them. */
      readonly readsTextOnly?: true;
      /** Of the agent that is, or was last, alive; absent when none has been. */
      readonly version?: string;
    }
  | { readonly type: 'step-started'; readonly step: StepRef }
  | {
      readonly type: 'step-waiting';
      readonly step: StepRef;
      readonly satisfied: readonly string[];
      readonly missing: readonly NodeProblem[];
      readonly waitedMs: number;
      /** 0: for ever. */
      readonly timeoutMs: number;
    }
  | {
      readonly type: 'step-finished';
      readonly step: StepRef;
      readonly verdict: Verdict;
      readonly problems: readonly NodeProblem[];
      readonly tookMs: number;
    }
  | {
      readonly type: 'command-sent';
      readonly node: string;
      readonly commandId: string;
      readonly text: string;
    }
  | { readonly type: 'command-acknowledged'; readonly node: string; readonly commandId: string }
  | {
      readonly type: 'command-finished';
      readonly node: string;
      readonly commandId: string;
      readonly text: string;
      readonly end: CommandEnd;
      /** Exit code of the function, when one ran. */
      readonly code?: number;
      /** Why, when it did not end well: the tail of standard error, or the reason. */
      readonly reason?: string;
      readonly warnings: readonly string[];
      readonly tookMs: number;
    }
  | {
      readonly type: 'status-reported';
      readonly node: string;
      readonly commandId?: string;
      readonly text: string;
    }
  | {
      readonly type: 'update-reported';
      readonly node: string;
      readonly commandId: string;
      readonly text: string;
    }
  | {
      readonly type: 'output-received';
      readonly node: string;
      readonly commandId?: string;
      readonly stream: 'stdout' | 'stderr';
      readonly lines: readonly string[];
    }
  | {
      /** The end of a RECEIVE. */
      readonly type: 'file-received';
      readonly port: number;
      readonly file: string;
      /** nothing: nobody sent anything · failed: what came is kept as `<file>.partial` */
      readonly outcome: 'received' | 'failed' | 'nothing';
      readonly bytes?: number;
      readonly reason?: string;
    }
  | {
      /** The end of a SYNC that came to confirm its nodes: how close together they started. Before its `step-finished`. */
      readonly type: 'sync-measured';
      readonly step: StepRef;
      /** The planned instant: ISO 8601, UTC, from the control machine's wall clock. */
      readonly plannedAt: string;
      readonly starts: readonly SyncStart[];
      /** Last start minus first start; absent when none started. 0 for a single one. */
      readonly skewMs?: number;
      /** How far the skew may be off, for certain: the largest sum of two nodes' uncertainties. */
      readonly clocksMs?: number;
      /** How far it is likely to be off, from the jitter seen. */
      readonly likelyClocksMs?: number;
      /** MAXSKEW, when the step has one. */
      readonly budgetMs?: number;
      /** 2 when the first attempt was cancelled before anybody started. */
      readonly attempts: number;
      readonly verdict: Verdict;
    }
  | { readonly type: 'warning-given'; readonly node?: string; readonly message: string }
  | { readonly type: 'clean-up-started'; readonly nodes: readonly string[] }
  | { readonly type: 'clean-up-finished'; readonly problems: readonly NodeProblem[] }
  | {
      readonly type: 'run-finished';
      readonly verdict: Verdict;
      readonly problems: readonly NodeProblem[];
      readonly tookMs: number;
    };

export interface RunEventHead {
  readonly runId: string;
  /** Numbers the events of a run from 1. */
  readonly seq: number;
  /** ISO 8601, UTC, from the control machine's wall clock. */
  readonly at: string;
  /** Milliseconds since the run began, from its monotonic clock. */
  readonly elapsedMs: number;
}

/** What happened in a run, in order: the published language of everything that reads one. */
export type RunEvent = RunEventHead & RunEventBody;
