import { formatDuration } from '../../base/index.ts';
import type { ControlMessage } from '../../channel/index.ts';
import { type Info, type NodeName, PROTOCOL_VERSION } from '../../protocol/index.ts';
import type { AgentEffect, AgentInput, Moment } from './agent-port.ts';
import { CommandBook } from './command-book.ts';
import { InspectDesk } from './inspect-desk.ts';
import { LeaseDesk } from './lease-desk.ts';
import { LeaseHolder } from './lease-holder.ts';
import { PortDesk } from './port-desk.ts';
import { Presence } from './presence.ts';
import { type ReceivedMessage, Reception } from './reception.ts';
import { StraysDesk } from './strays-desk.ts';
import type { Task } from './task.ts';
import { TaskLine } from './task-line.ts';
import { Voice } from './voice.ts';
import { WaitingRoom } from './waiting-room.ts';
import { WorkBook } from './work-book.ts';

export interface AgentMachineOptions {
  readonly node: NodeName;
  readonly session: string;
  readonly groups: readonly string[];
  readonly version: string;
  readonly platform: string;
  /** Milliseconds between heartbeats; a third of it while a function runs. */
  readonly heartbeatMs: number;
  /** How long stopFunction may take. */
  readonly stopLimitMs: number;
  /** Within this time the agent must see its own first STATUS come back from the broker. */
  readonly echoLimitMs: number;
  /** How long another session that seems to have this node's name may take to say so. */
  readonly claimLimitMs: number;
  readonly createId: () => string;
}

/**
 * Everything an agent decides. It computes only: what happens comes in as inputs, what is to be done goes out as
 * effects, time is handed in. Its state is its own and changes in place, since ten thousand remembered ids are not
 * copied for every command.
 */
export class AgentMachine {
  readonly #createId: () => string;
  readonly #voice: Voice;
  readonly #line: TaskLine;
  readonly #book = new CommandBook();
  readonly #lease = new LeaseHolder();
  readonly #leaseDesk: LeaseDesk;
  readonly #straysDesk: StraysDesk;
  readonly #portDesk: PortDesk;
  readonly #inspectDesk: InspectDesk;
  readonly #presence: Presence;
  readonly #reception: Reception;
  readonly #waitingRoom = new WaitingRoom();
  #effects: AgentEffect[] = [];
  #isInitialised = false;
  #isOver = false;

  constructor(options: AgentMachineOptions) {
    const { createId } = options;
    const book = this.#book;
    const lease = this.#lease;
    const work = new WorkBook(lease);
    const initId = createId();
    const info = infoOf(options);
    const emit = (effect: AgentEffect): void => this.#emit(effect);
    const voice = new Voice(options.session, (effect) => this.#publish(effect));
    const line = new TaskLine({
      initId,
      book,
      work,
      voice,
      emit,
      stopLimitMs: options.stopLimitMs,
      onDone: (task, now) => this.#taskDone(task, now),
    });
    const leaseDesk = new LeaseDesk({
      lease,
      book,
      work,
      voice,
      stopWork: (by, why, now) => this.#stopWork({ because: 'taken-over', by }, why, now),
      stopRest: (now) => this.#stopRest(now),
    });
    const straysDesk = new StraysDesk({
      initId,
      lease,
      line,
      work,
      voice,
      emit,
      stopWork: (why, now) => this.#stopWork({ because: 'strays' }, why, now),
    });
    const portDesk = new PortDesk({ voice, emit });
    const inspectDesk = new InspectDesk({ line, voice, emit });
    this.#createId = createId;
    this.#voice = voice;
    this.#line = line;
    this.#leaseDesk = leaseDesk;
    this.#straysDesk = straysDesk;
    this.#portDesk = portDesk;
    this.#inspectDesk = inspectDesk;
    const desks = { leaseDesk, straysDesk, portDesk, inspectDesk };
    this.#reception = new Reception({ info, book, voice, line, lease, ...desks, emit, createId });
    this.#presence = new Presence({
      ...options,
      info,
      voice,
      isBusy: () => line.busy,
      emit,
      fail: (effect) => this.#end(effect),
    });
  }

  /** The same inputs at the same moments give the same effects, to be carried out in this order. */
  handle(input: AgentInput, now: Moment): readonly AgentEffect[] {
    this.#effects = [];
    if (!this.#isOver) this.#dispatch(input, now);
    if (!this.#isOver) this.#keepTime(now);
    return this.#effects;
  }

  /** When `tick` is due next, in monotonic milliseconds. */
  nextDeadline(): number | undefined {
    const { expiresAt = Number.POSITIVE_INFINITY } = this.#lease;
    const { deadline = Number.POSITIVE_INFINITY } = this.#line;
    const desks = Math.min(this.#reception.deadline, this.#portDesk.deadline);
    const next = Math.min(this.#presence.nextDeadline(), desks, expiresAt, deadline);
    return this.#isOver || !Number.isFinite(next) ? undefined : next;
  }

  #dispatch(input: AgentInput, now: Moment): void {
    switch (input.kind) {
      case 'connected':
        this.#presence.connected(now);
        return;
      case 'disconnected':
        this.#presence.disconnected();
        this.#waitingRoom.letGo();
        return;
      case 'message':
        this.#message(input.message, now);
        return;
      case 'script-loaded':
      case 'function-started':
      case 'function-ended':
      case 'leftovers-ended':
      case 'file-sent':
        this.#line.handle(input, now);
        return;
      case 'strays-found':
        this.#straysDesk.found(input.id, input, now);
        return;
      case 'listeners-found':
        this.#portDesk.found(input.found, now);
        return;
      case 'inspected':
        this.#inspectDesk.inspected(input.id, input.seen);
        return;
      case 'script-said':
        this.#scriptSaid(input.text, input.commandId, now);
        return;
      case 'script-updated':
        if (input.commandId !== undefined) this.#voice.update(input.commandId, input.text, now.mono);
        return;
      case 'shutdown':
        this.#line.add(this.#ownTask('terminate', 'TERMINATE', 'shut-down'), now);
        return;
      case 'shutdown-overdue':
        this.#line.abandon(now);
        return;
      case 'tick':
        return;
    }
  }

  #keepTime(now: Moment): void {
    if (this.#presence.announce(now)) this.#begin(now);
    this.#leaseDesk.keepTime(now);
    const lapsed = this.#lease.lapse(now);
    if (lapsed && this.#line.hasWork) {
      const { run, owner, ttlMs } = lapsed;
      const why = `the run ${run} of ${owner} was not heard of for longer than its lease of ${formatDuration(ttlMs)}: its work is stopped`;
      this.#stopWork({ because: 'lease-lost' }, why, now);
    }
    this.#line.tick(now);
    this.#presence.keepTime(now);
    this.#reception.keepTime(now);
    this.#portDesk.keepTime(now);
    this.#voice.prune(now.mono, (id) => this.#book.isUnfinished(id));
  }

  /** The name is ours: from now on this agent does what it is told. */
  #begin(now: Moment): void {
    if (!this.#isInitialised) this.#line.initialise(now);
    this.#isInitialised = true;
    for (const message of this.#waitingRoom.letGo()) this.#reception.receive(message, now);
  }

  #message(message: ControlMessage, now: Moment): void {
    switch (message.kind) {
      case 'own-status':
        this.#presence.ownStatus(message.text, message.retained);
        return;
      case 'own-info':
        this.#presence.ownInfo(message.info);
        return;
      case 'own-heartbeat':
        this.#presence.ownHeartbeat(message.heartbeat, now);
        return;
      case 'command':
        if (this.#presence.isAnnounced) this.#reception.receive(message, now);
        else this.#hold(message);
        return;
    }
  }

  #hold(message: ReceivedMessage): void {
    if (this.#waitingRoom.hold(message)) return;
    const text = 'ignored a command: too many came before the name of this node was settled';
    this.#emit({ kind: 'log', level: 'warn', message: text, isCausedByMessage: true });
  }

  #scriptSaid(text: string, commandId: string | undefined, now: Moment): void {
    const about = commandId === undefined ? undefined : { id: commandId, run: undefined };
    // As a retained message it would delete the status instead of changing it.
    if (text === '') this.#warn('ignored publish_mqtt without a text: a status has at least a word');
    else this.#voice.status(text, about, now.mono);
  }

  #stopRest(now: Moment): void {
    if (!this.#line.hasWork || this.#line.isStopping) return;
    const why = 'a run that did not pass gave this node back with work left: it is stopped';
    this.#stopWork({ because: 'run-over' }, why, now);
  }

  /** @returns the id of the task that does it */
  #stopWork(reason: Pick<Task, 'because' | 'by'>, why: string, now: Moment): string {
    this.#warn(why);
    const task = { ...this.#ownTask('stop', 'STOP', reason.because), ...reason };
    this.#line.add(task, now);
    return task.id;
  }

  /** A task that no command asked for. */
  #ownTask(kind: 'stop' | 'terminate', verb: string, because: Task['because']): Task {
    return { kind, id: this.#createId(), run: undefined, verb, args: [], because };
  }

  #taskDone(task: Task, now: Moment): void {
    if (task.because === 'taken-over') this.#leaseDesk.workStopped(now);
    if (task.because === 'strays') this.#straysDesk.workStopped(task.id);
    if (task.kind !== 'terminate') return;
    this.#publish({ kind: 'info', info: undefined });
    this.#end({ kind: 'exit' });
  }

  #end(effect: Extract<AgentEffect, { kind: 'exit' | 'fail' }>): void {
    this.#emit(effect);
    this.#isOver = true;
  }

  #warn(message: string): void {
    this.#emit({ kind: 'log', level: 'warn', message });
  }

  /** What is said is kept in any case; it goes out only on a connection on which the name is ours. */
  #publish(effect: AgentEffect): void {
    if (this.#presence.isAnnounced) this.#emit(effect);
  }

  #emit(effect: AgentEffect): void {
    if (!this.#isOver) this.#effects.push(effect);
  }
}

function infoOf({ node, session, groups, version, platform, heartbeatMs }: AgentMachineOptions): Info {
  return {
    v: PROTOCOL_VERSION,
    node,
    session,
    version,
    accepts: ['text', 'envelope', 'strays', 'probe', 'sync', 'inspect'],
    groups: [...groups],
    heartbeatMs,
    platform,
  };
}
