import type { CommandEnd, RunEventBody } from '../../events/index.ts';
import { isStoppingVerb, type NodeName, type ReplyOf } from '../../protocol/index.ts';
import { type ArmedCommand, type Command, recordStatus } from './command.ts';
import type { NodeEffect, NodeSettings } from './node-port.ts';
import { Standstill } from './standstill.ts';
import { leavesWork, WorkLeft } from './work-left.ts';

/** Ended commands that a status may still arrive about. */
const MOST_LAST_ENDED = 16;
/** How long stopping another run's work may take, on top of the usual acknowledgement. */
const TAKE_OVER_MS = 35_000;

/** Where an envelope goes: a session of an agent of ours. */
interface Addressee {
  readonly session: string;
  readonly lastSeq: number;
}

/** The commands of a run to one node, from the SEND to their end. */
export class CommandDesk {
  readonly #node: NodeName;
  readonly #settings: NodeSettings;
  readonly #emit: (effect: NodeEffect) => void;
  #waiting: Command[] = [];
  readonly #underWay = new Map<string, Command>();
  readonly #standstill = new Standstill();
  readonly #left = new WorkLeft();
  /** The newest last. */
  #lastEnded: Command[] = [];

  constructor(node: NodeName, settings: NodeSettings, emit: (effect: NodeEffect) => void) {
    this.#node = node;
    this.#settings = settings;
    this.#emit = emit;
  }

  get unfinished(): readonly Command[] {
    return [...this.#underWay.values(), ...this.#waiting];
  }

  /** The first of those that have not gone out. */
  get nextWaiting(): Command | undefined {
    return this.#waiting[0];
  }

  /** True when something was started, or may have been, that was not seen stopped. */
  get hasWork(): boolean {
    return this.#left.isThere || [...this.#underWay.values()].some(leavesWork);
  }

  nextDeadline(): number {
    if (this.#standstill.since !== undefined) return Number.POSITIVE_INFINITY;
    let deadline = Number.POSITIVE_INFINITY;
    for (const command of this.#waiting) deadline = Math.min(deadline, command.ackDeadline);
    for (const command of this.#underWay.values()) {
      if (command.phase === 'sent') deadline = Math.min(deadline, command.ackDeadline, command.resendAt);
    }
    return deadline;
  }

  find(id: string | undefined): Command | undefined {
    return id === undefined ? undefined : this.#underWay.get(id);
  }

  /** Also of those that ended lately: what was said about one before its end may arrive after it. */
  findAlsoEnded(id: string | undefined): Command | undefined {
    return this.find(id) ?? this.#lastEnded.find((command) => command.id === id);
  }

  add(command: Command, mayTakeOver: boolean): void {
    if (mayTakeOver) command.ackDeadline += TAKE_OVER_MS;
    if (isStoppingVerb(command.verb)) for (const earlier of this.unfinished) earlier.stoppedByRun = true;
    this.#waiting.push(command);
  }

  /** Sends everything that waits, in order, up to one whose instant is not known yet. */
  send(to: Addressee, now: number): void {
    for (let [next] = this.#waiting; next; [next] = this.#waiting) {
      if (next.arming) {
        next.arming.isPrepared = true;
        // From now on it is the control machine that takes its time.
        next.ackDeadline = Number.POSITIVE_INFINITY;
        return;
      }
      this.#waiting.shift();
      this.#address(next, to);
      next.resendAt = now + 2 * this.#settings.askEveryMs;
      this.#publish(next);
    }
  }

  /** Sends a prepared command with its instant, once: what does not arrive at once would arrive too late. */
  arm(command: ArmedCommand, atMs: number, to: Addressee): void {
    if (this.#waiting[0] !== command) return;
    this.#waiting.shift();
    this.#address(command, to);
    const { id, verb, args } = command;
    this.#emit({
      kind: 'publish',
      id,
      verb: '_arm',
      args: [atMs.toFixed(3), verb, ...args],
      session: to.session,
      asRun: this.#settings.holdLease,
    });
  }

  /** Ends a command that was not confirmed: its agent drops it, whether it hears of that or not. */
  disarm(command: ArmedCommand, end: 'cancelled' | 'lost', reason: string, now: number): void {
    if (command.phase !== 'ended') this.#end(command, end, reason, now);
  }

  /**
   * Sends the first of those that wait as plain text, once: nobody could tell a copy from a second command.
   * @param session of an agent that has one
   */
  sendText(now: number, session?: string): Command | undefined {
    const command = this.#waiting.shift();
    if (!command) return undefined;
    if (command.arming) {
      this.#end(command, 'refused', 'its agent reads plain text only and cannot wait for an instant', now);
      return undefined;
    }
    this.#sent(command);
    command.textSession = session;
    // It has had its turn; now the broker has its time.
    command.ackDeadline = now + this.#settings.ackTimeoutMs;
    this.#emit({ kind: 'publish-text', command });
    return command;
  }

  acknowledged(command: Command, leftMs: number | undefined): void {
    if (command.phase !== 'sent') return;
    command.phase = 'acknowledged';
    if (command.arming) command.arming.leftMs = leftMs;
    this.#event({ type: 'command-acknowledged', node: this.#node, commandId: command.id });
  }

  refused(command: Command, ack: Extract<ReplyOf<'ack'>, { accepted: false }>, now: number): void {
    if (command.arming && ack.refusal === 'late') {
      // Not its end: whoever chose the instant may choose another one.
      command.arming.late = ack.reason;
      return;
    }
    command.busy = ack.refusal === 'busy' || ack.refusal === 'no-lease';
    const wayOut = ack.refusal === 'busy' ? '; --take-over stops that run first' : '';
    this.#end(command, 'refused', ack.reason + wayOut, now);
  }

  /** The lease that everything here waits for was refused. */
  allRefused(ack: Extract<ReplyOf<'ack'>, { accepted: false }>, now: number): void {
    for (const command of [...this.#waiting]) this.refused(command, ack, now);
  }

  reported(command: Command, status: string): void {
    recordStatus(command, status);
  }

  finished(command: Command, result: ReplyOf<'result'>, now: number): void {
    command.bytes = result.bytes;
    const { outcome, stderr = '' } = result;
    // What had begun was ended by something else.
    const isUnbegun =
      outcome === 'cancelled' && command.arming?.fired === undefined && result.code === undefined;
    const takenBack = isUnbegun ? command.arming?.takenBack : undefined;
    this.#end(command, outcome, takenBack ?? stderr.trim(), now, result);
  }

  /** It was cancelled because the run lost its node. */
  finishedByLoss(command: Command, result: ReplyOf<'result'>, why: string, now: number): void {
    command.busy = true;
    this.#end(command, result.outcome, why, now, result);
  }

  /** The broker has the plain text: nothing more is ever heard about this command itself. */
  delivered(command: Command, now: number): void {
    if (command.phase === 'sent') this.#end(command, 'ok', '', now);
  }

  /** The session that these went to is over, and its memory with it. */
  sessionOver(reason: string, now: number): void {
    for (const command of [...this.#underWay.values()]) this.#end(command, 'lost', reason, now);
    this.#left.clear();
  }

  /** Of what the session no longer keeps, only what it still works on can have a result. */
  resultsLost(atWork: ReadonlySet<string>, now: number): void {
    for (const command of [...this.#underWay.values()]) {
      if (command.phase === 'acknowledged' && !atWork.has(command.id))
        this.#end(command, 'lost', 'its result was lost on the way and is no longer kept', now);
    }
  }

  workStopped(): void {
    this.#left.clear();
  }

  /** Nobody knows what became of something that was sent: a STOP is due at the end. */
  workLeft(): void {
    this.#left.suppose();
  }

  /** A message to the node waits in a queue of ours: that time is not the node's. */
  heldBack(id: string, now: number): void {
    this.#standstill.heldBack(id, now);
  }

  wentOut(id: string, now: number): void {
    const stoodStillSince = this.#standstill.wentOut(id);
    if (stoodStillSince === undefined) return;
    for (const command of this.unfinished) {
      const heldMs = now - Math.max(stoodStillSince, command.since);
      command.ackDeadline += heldMs;
      command.resendAt += heldMs;
    }
  }

  /** What has not gone out never will, and nothing is sent again: a copy that comes late must not outlive a STOP. */
  withdraw(now: number): void {
    this.#standstill.forget();
    for (const command of [...this.#waiting]) this.#end(command, 'cancelled', 'the run ended before', now);
    for (const command of this.#underWay.values()) command.resendAt = Number.POSITIVE_INFINITY;
  }

  /** After an outage: its time does not count, and what was not acknowledged goes out again under its id. */
  reconnected(disconnectedAt: number, now: number): void {
    const stoodStillAt = Math.min(disconnectedAt, this.#standstill.since ?? disconnectedAt);
    this.#standstill.forget();
    for (const command of this.unfinished) {
      command.ackDeadline += now - Math.max(stoodStillAt, command.since);
      if (command.phase === 'sent' && Number.isFinite(command.resendAt)) command.resendAt = now;
    }
  }

  /** Gives up what was not acknowledged in time; sends again, to the same session only, what may have been lost. */
  watch(now: number, session: string | undefined, whyUndelivered: (command: Command) => string): void {
    if (this.#standstill.since !== undefined) return;
    for (const command of this.unfinished) {
      if (command.phase === 'acknowledged') continue;
      if (command.ackDeadline <= now) {
        this.#end(command, 'not-delivered', whyUndelivered(command), now);
      } else if (command.phase === 'sent' && command.resendAt <= now) {
        command.resendAt = now + 2 * this.#settings.askEveryMs;
        if (command.session === session) this.#publish(command);
      }
    }
  }

  #address(command: Command, { session, lastSeq }: Addressee): void {
    this.#sent(command);
    command.session = session;
    command.sinceSeq = lastSeq;
  }

  #sent(command: Command): void {
    command.phase = 'sent';
    this.#underWay.set(command.id, command);
    this.#event({ type: 'command-sent', node: this.#node, commandId: command.id, text: command.text });
  }

  #publish({ id, verb, args, session }: Command): void {
    this.#emit({ kind: 'publish', id, verb, args, session, asRun: this.#settings.holdLease });
  }

  #end(command: Command, end: CommandEnd, reason: string, now: number, result?: ReplyOf<'result'>): void {
    if (command.phase !== 'waiting') this.#left.count(command, end);
    command.phase = 'ended';
    command.end = end;
    command.reason = reason;
    this.#underWay.delete(command.id);
    this.#lastEnded = [...this.#lastEnded.slice(1 - MOST_LAST_ENDED), command];
    this.#waiting = this.#waiting.filter((waiting) => waiting !== command);
    this.#event({
      type: 'command-finished',
      node: this.#node,
      commandId: command.id,
      text: command.text,
      end,
      ...(result?.code !== undefined && { code: result.code }),
      ...(reason !== '' && { reason }),
      warnings: result?.warnings ?? [],
      tookMs: now - command.since,
    });
  }

  #event(event: RunEventBody): void {
    this.#emit({ kind: 'event', event });
  }
}
