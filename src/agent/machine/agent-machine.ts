import type { ControlMessage } from '../../channel/index.ts';
import {
  type CommandEnvelope,
  type Info,
  isProtocolVerb,
  isStoppingVerb,
  type NodeName,
  PROTOCOL_VERSION,
  type ProtocolVerb,
  parseOffline,
} from '../../protocol/index.ts';
import type { AgentEffect, AgentInput, Moment } from './agent-port.ts';
import { CommandAges } from './command-ages.ts';
import { CommandBook } from './command-book.ts';
import { LeaseHolder, type LeaseRequest, parseLeaseRequest } from './lease-holder.ts';
import { type Task, taskKind } from './task.ts';
import { TaskLine } from './task-line.ts';
import { Voice } from './voice.ts';

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
  readonly createId: () => string;
}

interface WaitingLease {
  readonly request: LeaseRequest;
  readonly commandId: string;
}

/**
 * Everything an agent decides. It computes only: what happens comes in as inputs, what is to be done goes out as
 * effects, time is handed in. Its state is its own and changes in place, since ten thousand remembered ids are not
 * copied for every command.
 */
export class AgentMachine {
  readonly #options: AgentMachineOptions;
  readonly #voice: Voice;
  readonly #line: TaskLine;
  readonly #book = new CommandBook();
  readonly #ages = new CommandAges();
  readonly #lease = new LeaseHolder();
  #effects: AgentEffect[] = [];
  #connected = false;
  #heartbeatAt = 0;
  /** Until when the first status must have come back; undefined once it has. */
  #echoDeadline: number | undefined;
  #echoSeen = false;
  /** A run that takes the node over and waits for the old run's work to end. */
  #waitingLease: WaitingLease | undefined;

  constructor(options: AgentMachineOptions) {
    this.#options = options;
    const emit = (effect: AgentEffect): void => {
      this.#effects.push(effect);
    };
    this.#voice = new Voice(options.session, emit);
    this.#line = new TaskLine({
      initId: options.createId(),
      book: this.#book,
      voice: this.#voice,
      emit,
      stopLimitMs: options.stopLimitMs,
      onDone: (task, now) => this.#taskDone(task, now),
    });
  }

  /** The same inputs at the same moments give the same effects, to be carried out in this order. */
  handle(input: AgentInput, now: Moment): readonly AgentEffect[] {
    this.#effects = [];
    this.#dispatch(input, now);
    this.#keepTime(now);
    return this.#effects;
  }

  /** When `tick` is due next, in monotonic milliseconds. */
  nextDeadline(): number | undefined {
    const deadlines = [
      this.#connected ? this.#heartbeatAt : undefined,
      this.#connected ? this.#echoDeadline : undefined,
      this.#lease.expiresAt,
      this.#line.deadline,
    ].filter((deadline) => deadline !== undefined);
    return deadlines.length > 0 ? Math.min(...deadlines) : undefined;
  }

  #dispatch(input: AgentInput, now: Moment): void {
    switch (input.kind) {
      case 'connected':
        this.#connected = true;
        this.#emit({ kind: 'info', info: this.#info() });
        this.#voice.repeatStatus();
        this.#heartbeat(now);
        return;
      case 'disconnected':
        this.#connected = false;
        return;
      case 'message':
        this.#message(input.message, now);
        return;
      case 'script-loaded':
        this.#line.scriptLoaded(input.outcome, now);
        return;
      case 'function-ended':
      case 'leftovers-ended':
      case 'file-sent':
        this.#line.handle(input, now);
        return;
      case 'script-said':
        this.#voice.status(
          input.text,
          input.commandId === undefined ? undefined : about(input.commandId),
          now.mono,
        );
        return;
      case 'script-updated':
        if (input.commandId !== undefined) this.#voice.update(input.commandId, input.text, now.mono);
        return;
      case 'shutdown':
        this.#line.add(this.#ownTask('terminate', 'TERMINATE'), now);
        return;
      case 'tick':
        return;
    }
  }

  #keepTime(now: Moment): void {
    if (this.#lease.lapse(now) && this.#line.hasWork) {
      this.#log('warn', 'the run that this node belongs to has gone silent: its work is stopped');
      this.#line.add({ ...this.#ownTask('stop', 'STOP'), because: 'lease-lost' }, now);
    }
    this.#line.tick(now);
    if (this.#line.busy)
      this.#heartbeatAt = Math.min(this.#heartbeatAt, now.mono + this.#options.heartbeatMs / 3);
    if (this.#connected && this.#heartbeatAt <= now.mono) this.#heartbeat(now);
    if (this.#voice.lastStatus && !this.#echoSeen && this.#connected) {
      this.#echoDeadline ??= now.mono + this.#options.echoLimitMs;
      if (this.#echoDeadline <= now.mono) this.#failForMissingEcho();
    }
    this.#voice.prune(now.mono, (id) => this.#book.isUnfinished(id));
  }

  #message(message: ControlMessage, now: Moment): void {
    if (message.kind === 'own-status') {
      this.#ownStatus(message.text, message.retained);
      return;
    }
    const { command, retained, topic } = message;
    if (retained) {
      this.#log('warn', 'ignored a retained command: commands must be published without the retain flag');
    } else if (command.kind === 'envelope') {
      this.#envelope(command.envelope, topic, message.receivedAt, now);
    } else if (topic === 'own') {
      this.#text(command.verb, command.args, now);
    } else {
      this.#log(
        'warn',
        `ignored the plain text "${command.verb}" on a shared topic: only envelopes count there`,
      );
    }
  }

  #ownStatus(text: string, retained: boolean): void {
    if (!retained && text === this.#voice.lastStatus?.text) {
      this.#echoSeen = true;
      this.#echoDeadline = undefined;
    }
    // An old connection's will may arrive after the new one's words; whoever reads the topic must not be misled.
    if (parseOffline(text) !== undefined && this.#connected) this.#voice.repeatStatus();
  }

  #text(verb: string, args: readonly string[], now: Moment): void {
    if (this.#lease.lease)
      this.#log('warn', `plain text "${verb}" taken although this node is ${this.#lease.describe()}`);
    const task: Task = { kind: taskKind(verb), id: this.#options.createId(), run: undefined, verb, args };
    this.#book.begin(task.id);
    this.#line.add(task, now);
  }

  #envelope(envelope: CommandEnvelope, topic: 'own' | 'shared', receivedAt: number, now: Moment): void {
    const { id, run, verb, args } = envelope;
    const ageMs = this.#ages.ageOf(envelope.clock, envelope.sent, receivedAt);
    if (isProtocolVerb(verb)) {
      this.#protocolVerb(verb, envelope, topic, receivedAt, now);
      return;
    }
    if (topic === 'shared' && (run === undefined || this.#lease.run !== run)) return;
    if (this.#book.knows(id)) {
      this.#voice.replayAbout(id);
      return;
    }
    this.#book.begin(id);
    const task: Task = { kind: taskKind(verb), id, run, verb, args };
    if (envelope.session !== undefined && envelope.session !== this.#options.session) {
      const stderr = 'it was meant for an earlier session of this agent';
      this.#voice.result(task, { outcome: 'lost', stderr }, now.mono);
    } else if (ageMs > envelope.ttlMs) {
      const stderr = `it was ${Math.round(ageMs)} ms old on arrival, at most ${envelope.ttlMs} are allowed`;
      this.#voice.result(task, { outcome: 'expired', stderr }, now.mono);
    } else if (this.#accept(task, now)) {
      return;
    }
    this.#book.end(id, now.mono);
  }

  #accept(task: Task, now: Moment): boolean {
    const voice = this.#voice;
    const line = this.#line;
    if (!isStoppingVerb(task.verb)) {
      if (!this.#lease.isFreeFor(task.run)) {
        voice.refuse(task, 'busy', this.#lease.describe(), now.mono);
        return false;
      }
      if (task.run !== undefined && this.#lease.run !== task.run) {
        voice.refuse(task, 'no-lease', 'the run does not hold this node: its lease has lapsed', now.mono);
        return false;
      }
      if (line.unusable !== undefined) {
        voice.refuse(task, 'not-ready', line.unusable, now.mono);
        return false;
      }
      if (line.isFull) {
        voice.refuse(task, 'not-ready', 'ten thousand commands are waiting already', now.mono);
        return false;
      }
    }
    voice.acknowledge(task, now.mono);
    line.add(task, now);
    return true;
  }

  #protocolVerb(
    verb: ProtocolVerb,
    envelope: CommandEnvelope,
    topic: 'own' | 'shared',
    receivedAt: number,
    now: Moment,
  ): void {
    switch (verb) {
      case '_ping':
        this.#voice.passing({
          kind: 'pong',
          id: envelope.id,
          t0: envelope.sent,
          t1: receivedAt,
          t2: now.mono,
        });
        return;
      case '_report':
        this.#report(envelope);
        return;
      case '_lease':
        if (topic === 'shared') this.#lease.renew(envelope.run, now);
        else this.#requestLease(envelope, now);
        return;
      case '_release':
        this.#lease.release(envelope.run);
        if (topic === 'own') this.#voice.acknowledge(about(envelope.id, envelope.run), now.mono);
        return;
    }
  }

  /** `_report [<seq>]`: first what was said after that number, then how things stand. */
  #report({ id, args: [after] }: CommandEnvelope): void {
    if (after !== undefined && Number.isInteger(Number(after))) this.#voice.replayAfter(Number(after));
    const status = this.#voice.lastStatus;
    this.#voice.passing({
      kind: 'report',
      id,
      info: this.#info(),
      status: status?.text ?? null,
      ...(status?.id !== undefined && { statusId: status.id }),
      lease: this.#lease.lease,
      unfinished: [...this.#book.unfinished],
    });
  }

  #requestLease({ id, run, args }: CommandEnvelope, now: Moment): void {
    const request = parseLeaseRequest(run, args);
    if (!request) {
      this.#voice.refuse(
        about(id, run),
        'invalid',
        '_lease needs a run, an owner and milliseconds to live',
        now.mono,
      );
    } else if (this.#lease.isFreeFor(request.run)) {
      this.#grant({ request, commandId: id }, now);
    } else if (request.takeOver) {
      this.#waitingLease = { request, commandId: id };
      this.#log('warn', `taken over by ${request.owner}; it was ${this.#lease.describe()}`);
      this.#line.add({ ...this.#ownTask('stop', 'STOP'), because: 'taken-over' }, now);
    } else {
      this.#voice.refuse(about(id, run), 'busy', this.#lease.describe(), now.mono);
    }
  }

  #grant({ request, commandId }: WaitingLease, now: Moment): void {
    this.#lease.grant(request, now);
    this.#voice.acknowledge(about(commandId, request.run), now.mono);
  }

  #taskDone(task: Task, now: Moment): void {
    if (task.because === 'taken-over' && this.#waitingLease) {
      this.#grant(this.#waitingLease, now);
      this.#waitingLease = undefined;
    }
    if (task.kind === 'terminate') {
      this.#emit({ kind: 'info', info: undefined });
      this.#emit({ kind: 'exit' });
    }
  }

  /** A task that no command asked for. */
  #ownTask(kind: 'stop' | 'terminate', verb: string): Task {
    return { kind, id: this.#options.createId(), run: undefined, verb, args: [] };
  }

  #heartbeat(now: Moment): void {
    const { session, heartbeatMs } = this.#options;
    const busy = this.#line.busy;
    this.#heartbeatAt = now.mono + (busy ? heartbeatMs / 3 : heartbeatMs);
    this.#emit({ kind: 'heartbeat', heartbeat: { session, busy, seq: this.#voice.lastSeq } });
  }

  #info(): Info {
    const { node, session, groups, version, platform, heartbeatMs } = this.#options;
    return {
      v: PROTOCOL_VERSION,
      node,
      session,
      version,
      accepts: ['text', 'envelope'],
      groups: [...groups],
      heartbeatMs,
      platform,
    };
  }

  #failForMissingEcho(): void {
    this.#echoDeadline = undefined;
    this.#echoSeen = true;
    this.#emit({
      kind: 'fail',
      code: 'BROKER_PERMISSION',
      message: `the broker took this agent's STATUS but did not hand it back within ${this.#options.echoLimitMs} ms`,
      hint: `allow this agent to write and to read the topics of the node ${this.#options.node} (readwrite STATUS)`,
    });
  }

  #log(level: 'debug' | 'info' | 'warn', message: string): void {
    this.#emit({ kind: 'log', level, message });
  }

  #emit(effect: AgentEffect): void {
    this.#effects.push(effect);
  }
}

function about(id: string, run?: string): { id: string; run: string | undefined } {
  return { id, run };
}
