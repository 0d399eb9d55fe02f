import type { NodeProblem, NodeState, RunEvent, RunEventBody, StepRef, Verdict } from './run-event.ts';

export interface StepView {
  readonly step: StepRef;
  readonly state: 'waiting' | 'running' | 'finished';
  readonly verdict: Verdict | undefined;
  /** Which nodes stood in its way, and why. */
  readonly problems: readonly NodeProblem[];
  readonly tookMs: number;
}

export interface NodeView {
  readonly node: string;
  readonly state: NodeState;
  readonly readsTextOnly: boolean;
  /** Of its agent. */
  readonly version: string | undefined;
  readonly commands: number;
  /** Commands that ended otherwise than well. */
  readonly failures: number;
  /** The last `update` of its scripts. */
  readonly lastUpdate: string | undefined;
  /** Milliseconds during which at least one command to it was under way. */
  readonly busyMs: number;
}

/** How close together the nodes of a SYNC started. */
export type SyncView = Omit<Extract<RunEventBody, { type: 'sync-measured' }>, 'type'>;

/** A run as far as its events tell it; the one fold that displays, history and metrics share. */
export interface RunView {
  readonly steps: readonly StepView[];
  readonly nodes: ReadonlyMap<string, NodeView>;
  /** Those that came to be measured, in order. */
  readonly syncs: readonly SyncView[];
  readonly verdict: Verdict | undefined;
  readonly problems: readonly NodeProblem[];
  /** Where something may still be running after the clean-up. */
  readonly leftBehind: readonly NodeProblem[];
  readonly tookMs: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type NodeEntry = Mutable<NodeView> & { readonly underWay: Set<string>; busySinceMs: number };

export interface RunFold {
  /** The same object at all times; it changes with each event. */
  readonly view: RunView;
  apply(event: RunEvent): void;
}

/** Events are applied in place: a run of ten thousand steps on a thousand nodes is folded without copying either. */
export function createRunFold(): RunFold {
  const steps: Mutable<StepView>[] = [];
  const nodes = new Map<string, NodeEntry>();
  const syncs: SyncView[] = [];
  const view: Mutable<RunView> = {
    steps,
    nodes,
    syncs,
    verdict: undefined,
    problems: [],
    leftBehind: [],
    tookMs: 0,
  };

  const entryOf = (node: string): NodeEntry => {
    let entry = nodes.get(node);
    if (!entry) {
      entry = {
        node,
        state: 'unknown',
        readsTextOnly: false,
        version: undefined,
        commands: 0,
        failures: 0,
        lastUpdate: undefined,
        busyMs: 0,
        underWay: new Set(),
        busySinceMs: 0,
      };
      nodes.set(node, entry);
    }
    return entry;
  };

  const stepOf = (step: StepRef): Mutable<StepView> | undefined => steps[step.index];

  function apply(event: RunEvent): void {
    view.tookMs = event.elapsedMs;
    switch (event.type) {
      case 'run-started':
        for (const step of event.steps) steps.push(waitingStep(step));
        return;
      case 'nodes-resolved':
        for (const node of event.nodes) entryOf(node);
        return;
      case 'step-started': {
        const step = stepOf(event.step);
        if (step) step.state = 'running';
        return;
      }
      case 'step-finished': {
        const step = stepOf(event.step);
        if (!step) return;
        const { verdict, problems, tookMs } = event;
        Object.assign(step, { state: 'finished', verdict, problems, tookMs });
        return;
      }
      case 'node-changed': {
        const node = entryOf(event.node);
        node.state = event.state;
        node.readsTextOnly = event.readsTextOnly === true;
        if (event.version !== undefined) node.version = event.version;
        return;
      }
      case 'command-sent': {
        const node = entryOf(event.node);
        node.commands += 1;
        if (node.underWay.size === 0) node.busySinceMs = event.elapsedMs;
        node.underWay.add(event.commandId);
        return;
      }
      case 'command-finished': {
        const node = entryOf(event.node);
        if (event.end !== 'ok' && event.end !== 'cancelled') node.failures += 1;
        // One that never left counts all the same, but kept nobody busy.
        if (!node.underWay.delete(event.commandId)) node.commands += 1;
        else if (node.underWay.size === 0) node.busyMs += event.elapsedMs - node.busySinceMs;
        return;
      }
      case 'update-reported':
        entryOf(event.node).lastUpdate = event.text;
        return;
      case 'sync-measured':
        syncs.push(event);
        return;
      case 'clean-up-finished':
        view.leftBehind = event.problems;
        return;
      case 'run-finished':
        view.verdict = event.verdict;
        view.problems = event.problems;
        return;
    }
  }

  return { view, apply };
}

function waitingStep(step: StepRef): Mutable<StepView> {
  return { step, state: 'waiting', verdict: undefined, problems: [], tookMs: 0 };
}
