import { type Clock, createId, type Dispose, formatDuration, type Logger } from '../base/index.ts';
import type { ControlChannel } from '../channel/index.ts';
import {
  type NodeProblem,
  type RunEvent,
  type RunEventBody,
  type Verdict,
  worstVerdict,
} from '../events/index.ts';
import { type Inventory, mentionedIn } from '../inventory/index.ts';
import { type Playbook, playbookNodes } from '../playbook/index.ts';
import type { NodeName } from '../protocol/index.ts';
import { BrokerLost, problemsOfAbort, verdictOfAbort } from './abort.ts';
import { connect, watchConnection } from './connection.ts';
import { awaitOutput, awaitResults, releaseNodes, stopWork } from './ending.ts';
import { Fleet } from './fleet.ts';
import { keepLeases } from './lease-keeper.ts';
import { Receptions } from './receptions.ts';
import { callTheRoll, needsRollCall, readTheRoll } from './roster.ts';
import { runSteps, stepRef } from './run-steps.ts';
import { askSenders } from './sent-file.ts';
import { CONTROL_MACHINE, type StepOutcome } from './step-context.ts';
import { DEFAULT_TIMES } from './times.ts';
import type { WaitProgress } from './wait-progress.ts';

export interface RunOptions {
  readonly playbook: Playbook;
  /** Given by the user; they win over SET. */
  readonly variables: ReadonlyMap<string, string>;
  /** Says what `*` and groups mean; without one those who answer do. The playbook has been checked with it. */
  readonly inventory?: Inventory | undefined;
  readonly channel: ControlChannel;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onEvent: (event: RunEvent) => void;
  /** Who runs it, for the other users of the nodes: `ci@lab`. */
  readonly owner: string;
  /** The broker's name in messages, without credentials. */
  readonly broker: string;
  /** Default of a WAITFOR, and of the wait for results at the end. Milliseconds; 0: for ever. */
  readonly timeoutMs: number;
  readonly ackTimeoutMs: number;
  readonly offlineGraceMs: number;
  /** The same after the control machine's own reconnect. Default 10 s. */
  readonly reconnectGraceMs?: number;
  /** Between two questions to a node that does not answer. Default 1 s. */
  readonly askEveryMs?: number;
  /** How long an agent goes on without hearing of this run; 0: for ever. */
  readonly leaseMs: number;
  /** False: the run holds no node, and is refused where another one does. */
  readonly holdLease: boolean;
  readonly takeOver: boolean;
  /** Relative paths of the playbook start here. */
  readonly workingDirectory: string;
  /** How long the first connection may take, and how long the broker may be gone later. */
  readonly connectTimeoutMs: number;
  readonly brokerLostMs: number;
  /** Numbers from 0 up to, not including, 1. Default `Math.random`. */
  readonly random?: () => number;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * Runs a playbook to its end, and cleans up after it.
 *
 * @returns the verdict: what nodes, broker or user do to a run that has begun is a verdict, not an exception
 * @throws AppError when it cannot begin: no broker (BROKER_UNREACHABLE, BROKER_REFUSED), no nodes (NO_NODES)
 */
export async function runPlaybook(options: RunOptions): Promise<Verdict> {
  const { playbook, broker, owner, clock } = options;
  const runId = createId();
  const emit = createEmitter(runId, clock, options.onEvent);
  const settings = { ...DEFAULT_TIMES, ...options, createId };
  const fleet = new Fleet({ ...options, runId, settings, emit });
  const receptions = new Receptions({
    clock,
    emit,
    watchSenders: (port) => {
      const sendings = fleet.commands.ledger.watchSendFilesTo(port);
      return (arrival, signal) => askSenders(sendings, fleet, arrival, signal);
    },
  });
  const abort = new AbortController();
  const signal = AbortSignal.any([options.signal, abort.signal]);
  const since = clock.now();
  const stops: Dispose[] = [];
  const stopped = new Set<NodeName>();
  emit({ type: 'run-started', playbook: playbook.file, broker, owner, steps: playbook.steps.map(stepRef) });
  try {
    const outcome = await orAborted(signal, emit, async () => {
      const roster = await assemble();
      return runSteps({
        ...options,
        fleet,
        receptions,
        nodesOf: (expression) => roster.nodesOf(expression),
        emit,
        signal,
      });
    });
    return await finish(outcome);
  } catch (thrown) {
    await cleanUp();
    await receptions.finish();
    await giveBack();
    throw thrown;
  } finally {
    for (const stop of stops) stop();
    await fleet.close();
  }

  /** Connects, and learns who takes part. */
  async function assemble() {
    const { inventory } = options;
    const wanted = playbookNodes(playbook, options.variables);
    const mentioned = mentionedIn(wanted);
    const known = inventory && readTheRoll(wanted, inventory, emit);
    for (const node of known?.all ?? mentioned.nodes) fleet.node(node);
    const connection = { fleet, clock, broker, emit, signal };
    fleet.open(!known && needsRollCall(mentioned));
    await connect(options.connectTimeoutMs, connection);
    emit({ type: 'broker-changed', state: 'connected', detail: '' });
    stops.push(
      watchConnection(options.brokerLostMs, (reason) => abort.abort(new BrokerLost(reason)), connection),
      keepLeases(fleet, clock, options.leaseMs),
    );
    const roster = known ?? (await callTheRoll(wanted, { fleet, clock, emit, signal }));
    if (playbook.steps.some(({ kind }) => kind === 'sync')) stops.push(fleet.clocks.keep(roster.all));
    return roster;
  }

  async function finish(steps: StepOutcome): Promise<Verdict> {
    const work = steps.verdict === 'passed' ? await orAborted(signal, emit, results) : steps;
    if (work.verdict !== 'passed') await cleanUp();
    const { verdict: earned, problems } = withFailedFiles(work, await receptions.finish());
    if (earned !== 'passed' && work.verdict === 'passed') await cleanUp();
    await giveBack();
    warnOf(await awaitOutput(fleet, clock));
    tellMissed(fleet, emit);
    const verdict =
      earned !== 'passed' && options.signal.aborted ? worstVerdict([earned, 'interrupted']) : earned;
    emit({ type: 'run-finished', verdict, problems, tookMs: clock.now() - since });
    return verdict;
  }

  function results(): Promise<StepOutcome> {
    return awaitResults({ ...options, fleet, reportProgress: tellResultsAwaited(emit), signal });
  }

  /** A run that holds no lease stops nothing: what runs there may be somebody else's. */
  async function cleanUp(): Promise<void> {
    fleet.withdraw();
    if (!options.holdLease) return;
    const nodes = fleet.nodes.filter(({ hasWork }) => hasWork).map(({ node }) => node);
    if (nodes.length === 0) return;
    for (const node of nodes) stopped.add(node);
    emit({ type: 'clean-up-started', nodes });
    const goOn = (): void => emit({ type: 'warning-given', message: CLEAN_UP_GOES_ON });
    options.signal.addEventListener('abort', goOn, { once: true });
    try {
      emit({ type: 'clean-up-finished', problems: await stopWork(fleet, clock, options.leaseMs) });
    } finally {
      options.signal.removeEventListener('abort', goOn);
    }
  }

  async function giveBack(): Promise<void> {
    warnOf(await releaseNodes(fleet, clock, stopped));
  }

  function warnOf(problems: readonly NodeProblem[]): void {
    for (const { node, reason } of problems) emit({ type: 'warning-given', node, message: reason });
  }
}

const CLEAN_UP_GOES_ON = 'interrupted: the clean-up goes on; a second Ctrl-C leaves at once';

/** Nothing is lost by it, but it costs time, and the broker's owner can cure it. */
function tellMissed(fleet: Fleet, emit: (event: RunEventBody) => void): void {
  const { replies, nodes } = fleet.missed;
  if (replies === 0) return;
  const what = `${replies} ${replies === 1 ? 'reply' : 'replies'} of ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`;
  const cure = 'with mosquitto, set max_queued_messages 0 and max_inflight_messages 0';
  const message = `the broker did not pass on ${what}, asked for again; ${cure} (docs/reference/protocol.md, "What a broker must allow")`;
  emit({ type: 'warning-given', message });
}

/** No step is shown any more by then: a word soon, and then ever more rarely. */
function tellResultsAwaited(emit: (event: RunEventBody) => void): (progress: WaitProgress) => void {
  let nextMs = FIRST_WORD_MS;
  return ({ missing, waitedMs, timeoutMs }) => {
    if (waitedMs < nextMs) return;
    nextMs = 2 * waitedMs;
    const limit = timeoutMs === 0 ? '' : `, for at most ${formatDuration(timeoutMs)}`;
    const names = missing.slice(0, MOST_NAMED).map(({ node, reason }) => `${node} (${reason})`);
    const rest = missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : '';
    const message = `all steps are done; waiting${limit} for ${names.join(', ')}${rest}`;
    emit({ type: 'warning-given', message });
  };
}

const FIRST_WORD_MS = 2000;
const MOST_NAMED = 5;

function createEmitter(
  runId: string,
  clock: Clock,
  onEvent: (event: RunEvent) => void,
): (event: RunEventBody) => void {
  const since = clock.now();
  let seq = 0;
  return (body) => {
    seq += 1;
    const at = new Date(clock.wallNow()).toISOString();
    onEvent({ ...body, runId, seq, at, elapsedMs: clock.now() - since });
  };
}

/** A file that did not arrive whole fails a run that passed otherwise. */
function withFailedFiles({ verdict, problems }: StepOutcome, failures: readonly string[]): StepOutcome {
  if (failures.length === 0) return { verdict, problems };
  const ofFiles = failures.map((reason) => ({ node: CONTROL_MACHINE, reason }));
  return { verdict: worstVerdict([verdict, 'failed']), problems: [...problems, ...ofFiles] };
}

/** The outcome of the work, or of what aborted it. */
async function orAborted(
  signal: AbortSignal,
  emit: (event: RunEventBody) => void,
  work: () => Promise<StepOutcome>,
): Promise<StepOutcome> {
  try {
    return await work();
  } catch (thrown) {
    if (!signal.aborted || thrown !== signal.reason) throw thrown;
    if (thrown instanceof BrokerLost) {
      emit({ type: 'broker-changed', state: 'lost', detail: thrown.message });
    }
    return { verdict: verdictOfAbort(thrown), problems: problemsOfAbort(thrown) };
  }
}
