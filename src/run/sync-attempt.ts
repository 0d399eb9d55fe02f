import { formatDuration } from '../base/index.ts';
import { CONFIRM_BEFORE_MS, LEAST_LEFT_MS, type NodeName } from '../protocol/index.ts';
import { type ClockEstimate, leadMs } from '../sync/index.ts';
import { CALIBRATION_LIMIT_MS } from './clocks/fleet-clocks.ts';
import type { ArmedCommand } from './node/command.ts';
import type { Judgement } from './node/judgement.ts';
import type { NodeMachine } from './node/node-machine.ts';
import {
  judgeArmed,
  judgeFired,
  judgePrepared,
  judgeSettled,
  lackedConfirmation,
  lackedTime,
} from './node/sync-rule.ts';
import { waitForNodes } from './node-wait.ts';
import { CONTROL_MACHINE, type StepContext, type StepOutcome } from './step-context.ts';
import { measureSync } from './sync-report.ts';

interface SyncPlan {
  readonly messages: ReadonlyMap<NodeName, string>;
  readonly maxSkewMs: number | undefined;
  /** From 1; it has that many times the usual time to get ready. */
  readonly attempt: number;
}

interface AttemptEnd {
  readonly outcome: StepOutcome;
  /** Nobody has begun, and all that lacked was time. */
  readonly mayRepeat: boolean;
}

/** Of the time that each node adds to the lead, half is for its confirmation: many at once delay each other. */
const CONFIRM_PER_NODE_MS = 1.5;
/** What a timer may be late by where nothing holds this machine up. */
const HELD_UP_MS = 5;

/**
 * One attempt to let all nodes begin at one instant: prepares them, measures their clocks, arms them, confirms, and sees
 * them begin. Unless all are armed nothing is confirmed, and what is not confirmed never begins. Whatever ends it
 * early, an abort of the run included, cancels what is armed.
 */
export async function attemptSync(plan: SyncPlan, context: StepContext): Promise<AttemptEnd> {
  const { messages, maxSkewMs, attempt } = plan;
  const { fleet, clock, ackTimeoutMs } = context;
  const nodes = [...messages.keys()];
  const commands = new Map<NodeName, ArmedCommand>();
  for (const [node, message] of messages) {
    const command = fleet.commands.prepare(node, message);
    commands.set(node, command);
    context.lastSent.set(node, command);
  }

  // At the instant every processor has better things to do than to answer pings.
  let stopHolding = (): void => {};
  try {
    return await run();
  } catch (thrown) {
    cancel('the run ended before the instant');
    throw thrown;
  } finally {
    stopHolding();
  }

  async function run(): Promise<AttemptEnd> {
    const prepared = await measuring(wait(judgePrepared, ackTimeoutMs));
    if (prepared.verdict !== 'passed') return giveUp(prepared);
    await fleet.clocks.calibrate(nodes, { ...context, maxSkewMs });
    const clocks = clocksNow();
    stopHolding = fleet.clocks.hold();
    if (clocks.size < nodes.length) return giveUp(clockUnknown(nodes.filter((node) => !clocks.has(node))));

    const largestRoundTripMs = Math.max(...[...clocks.values()].map(({ roundTripMs }) => roundTripMs.max));
    const lead = attempt * leadMs({ nodes: nodes.length, largestRoundTripMs });
    // This clock first: if anything comes between the two, what is told is too early, and no start seems to be before it.
    const plannedAt = new Date(clock.wallNow() + lead).toISOString();
    const at = clock.now() + lead;
    for (const [node, command] of commands) {
      const atMs = at + (clocks.get(node)?.offsetMs ?? 0);
      fleet.tell(node, { kind: 'arm', command, atMs });
    }
    const confirmBy = at - CONFIRM_BEFORE_MS;
    const armBy = at - LEAST_LEFT_MS - largestRoundTripMs - CONFIRM_PER_NODE_MS * nodes.length;
    const armed = inTime(await wait(judgeArmed, armBy - clock.now()), armBy);
    if (armed.verdict !== 'passed') {
      return giveUp(unanswered(armed, lead), lackedTime(machines(), [...commands.values()]));
    }

    for (const [node, command] of commands) fleet.tell(node, { kind: 'confirm', command, until: confirmBy });
    const fired = unheard(await wait(judgeFired, at - clock.now() + ackTimeoutMs), ackTimeoutMs);
    if (fired.verdict !== 'passed') {
      cancel('another node of its SYNC could not begin');
      await wait(judgeSettled, at - clock.now() + ackTimeoutMs);
      if (lackedConfirmation(machines(), [...commands.values()])) return giveUp(fired, true);
    }
    const latest = new Map([...clocks, ...clocksNow()]);
    const { measured, outcome } = measureSync({ commands, clocks: latest, at, maxSkewMs, fired });
    context.reportSync({ ...measured, plannedAt, attempts: attempt });
    return { outcome, mayRepeat: false };
  }

  /** The clocks of those who are there need not wait until the others are. */
  async function measuring<T>(preparing: Promise<T>): Promise<T> {
    const over = new AbortController();
    fleet.clocks.calibrate(nodes, { maxSkewMs, signal: over.signal }).catch(() => {});
    return preparing.finally(() => over.abort());
  }

  function clocksNow(): Map<NodeName, ClockEstimate> {
    return new Map(
      nodes.flatMap((node) => {
        const estimate = fleet.clocks.of(node);
        return estimate ? [[node, estimate] as const] : [];
      }),
    );
  }

  function machines(): NodeMachine[] {
    return nodes.map((node) => fleet.node(node));
  }

  function wait(judge: (node: NodeMachine, command: ArmedCommand) => Judgement, limitMs: number) {
    const judgeNode = (node: NodeName): Judgement => {
      const command = commands.get(node);
      return command ? judge(fleet.node(node), command) : { kind: 'met' };
    };
    if (judge !== judgePrepared) return waitForNodes(nodes, judgeNode, Math.max(limitMs, 1), context);
    // It is each command that has this limit, which an outage or a queue of ours puts off.
    const reportProgress: StepContext['reportProgress'] = (progress) =>
      context.reportProgress({ ...progress, timeoutMs: limitMs });
    return waitForNodes(nodes, judgeNode, 0, { ...context, reportProgress });
  }

  /** Where this machine itself was held up, the answers are there, but the time is over. */
  function inTime(outcome: StepOutcome, until: number): StepOutcome {
    if (outcome.verdict !== 'passed' || clock.now() <= until + HELD_UP_MS) return outcome;
    const reason = 'it was too busy to confirm the start before the instant';
    return { verdict: 'failed', problems: [{ node: CONTROL_MACHINE, reason }] };
  }

  function giveUp(outcome: StepOutcome, mayRepeat = false): AttemptEnd {
    cancel('not all nodes of its SYNC can begin');
    for (const command of commands.values()) command.superseded = true;
    return { outcome, mayRepeat };
  }

  function cancel(reason: string): void {
    for (const [node, command] of commands) fleet.tell(node, { kind: 'cancel', command, reason });
  }
}

function clockUnknown(nodes: readonly NodeName[]): StepOutcome {
  const reason = `its clock is unknown: none of the questions of ${formatDuration(CALIBRATION_LIMIT_MS)} was answered`;
  return { verdict: 'unreachable', problems: nodes.map((node) => ({ node, reason })) };
}

/** Too late is not the same as too long: what was waited for is the instant. */
function unanswered(outcome: StepOutcome, leadMs: number): StepOutcome {
  const within = `within the ${formatDuration(leadMs)} that were left before the instant`;
  return notHeardInTime(outcome, (reason) => `${reason} ${within}`);
}

/** Whoever says nothing may have begun. */
function unheard(outcome: StepOutcome, limitMs: number): StepOutcome {
  const within = `within ${formatDuration(limitMs)} after the instant, and may have begun`;
  return notHeardInTime(outcome, (reason) => `${reason} ${within}`);
}

/** That a node says nothing is no matter of how long a step may take. */
function notHeardInTime(
  { verdict, problems }: StepOutcome,
  describe: (reason: string) => string,
): StepOutcome {
  if (verdict !== 'timed-out') return { verdict, problems };
  return {
    verdict: 'unreachable',
    problems: problems.map(({ node, reason }) => ({ node, reason: describe(reason) })),
  };
}
