import type { ControlMessage } from '../../channel/index.ts';
import {
  type CommandEnvelope,
  doneStatus,
  type Info,
  isProtocolVerb,
  isReservedVerb,
  type ProtocolVerb,
  receivedStatus,
} from '../../protocol/index.ts';
import { Admission } from './admission.ts';
import type { AgentEffect, Moment } from './agent-port.ts';
import { CommandAges } from './command-ages.ts';
import type { CommandBook } from './command-book.ts';
import type { InspectDesk } from './inspect-desk.ts';
import { LateReports } from './late-reports.ts';
import type { LeaseDesk } from './lease-desk.ts';
import type { LeaseHolder } from './lease-holder.ts';
import type { PortDesk } from './port-desk.ts';
import type { StraysDesk } from './strays-desk.ts';
import { SyncDesk } from './sync-desk.ts';
import { shownVerb, type Task, taskKind } from './task.ts';
import type { TaskLine } from './task-line.ts';
import type { Voice } from './voice.ts';

export type ReceivedMessage = Extract<ControlMessage, { kind: 'command' }>;

interface ReceptionOptions {
  readonly info: Info;
  readonly book: CommandBook;
  readonly voice: Voice;
  readonly line: TaskLine;
  readonly lease: LeaseHolder;
  readonly leaseDesk: LeaseDesk;
  readonly straysDesk: StraysDesk;
  readonly portDesk: PortDesk;
  readonly inspectDesk: InspectDesk;
  readonly emit: (effect: AgentEffect) => void;
  readonly createId: () => string;
}

type Arrived = CommandEnvelope & {
  readonly ageMs: number;
  readonly topic: 'own' | 'shared';
  readonly receivedAt: number;
};

/** Takes every command that arrives: answers it at once, refuses it, or has it done. */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #ages = new CommandAges();
  readonly #lateReports: LateReports;
  readonly #admission: Admission;
  readonly #syncDesk: SyncDesk;

  constructor(options: ReceptionOptions) {
    const { session } = options.info;
    this.#options = options;
    this.#lateReports = new LateReports(session);
    this.#admission = new Admission({ ...options, session });
    this.#syncDesk = new SyncDesk({ ...options, admission: this.#admission });
  }

  /** When an answer is due that was put off. */
  get deadline(): number {
    return this.#lateReports.deadline;
  }

  keepTime(now: Moment): void {
    for (const id of this.#lateReports.takeDue(now.mono)) this.#report(id);
  }

  receive({ command, retained, topic, receivedAt }: ReceivedMessage, now: Moment): void {
    if (retained) {
      this.#warn('ignored a retained command: commands must be published without the retain flag');
    } else if (command.kind === 'envelope') {
      this.#envelope(command.envelope, topic, receivedAt, now);
    } else if (topic === 'own') {
      this.#text(command.verb, command.args, now);
    } else {
      this.#warn(
        `ignored the plain text "${shownVerb(command.verb)}" on a shared topic: only envelopes count there`,
      );
    }
  }

  #text(verb: string, args: readonly string[], now: Moment): void {
    const { book, createId, lease, line } = this.#options;
    const task: Task = { kind: taskKind(verb), id: createId(), run: undefined, verb, args, asText: true };
    const noRoom = line.whyNoRoomFor(task);
    if (noRoom !== undefined) {
      this.#warn(`ignored the plain text "${shownVerb(verb)}": ${noRoom}`);
      return;
    }
    if (lease.lease)
      this.#warn(`plain text "${shownVerb(verb)}" taken although this node is ${lease.describe()}`);
    book.begin(task.id);
    this.#replaceOldWord(task, now);
    line.add(task, now);
  }

  /**
   * Who sends plain text looks for the word of its command in the retained STATUS, anywhere in it, and must not find
   * the word of the command before.
   */
  #replaceOldWord(task: Task, now: Moment): void {
    const { voice } = this.#options;
    const isOld = voice.lastStatus?.text.includes(doneStatus(task.verb));
    if (isOld) voice.status(receivedStatus(task.verb), task, now.mono);
  }

  #envelope(envelope: CommandEnvelope, topic: 'own' | 'shared', receivedAt: number, now: Moment): void {
    const { lease, line, voice } = this.#options;
    const admission = this.#admission;
    const { id, run, verb, args } = envelope;
    const ageMs = this.#ages.ageOf(envelope.clock, envelope.sent, receivedAt);
    const arrived = { ...envelope, ageMs, topic, receivedAt };
    if (isProtocolVerb(verb)) {
      this.#protocolVerb(verb, arrived, now);
    } else if (isReservedVerb(verb)) {
      if (topic === 'own' && !admission.isRepeat(id, run, now)) admission.refuseUnknown(envelope, now);
    } else if (topic === 'own' || (run !== undefined && lease.run === run)) {
      const task: Task = { kind: taskKind(verb), id, run, verb, args };
      if (admission.isRepeat(id, run, now) || !admission.admits(task, arrived, now)) return;
      voice.acknowledge(task, now.mono);
      line.add(task, now);
    }
  }

  #protocolVerb(verb: ProtocolVerb, envelope: Arrived, now: Moment): void {
    const { lease, leaseDesk, straysDesk, portDesk, inspectDesk, voice } = this.#options;
    const admission = this.#admission;
    const { id, run, args, sent, topic, receivedAt } = envelope;
    switch (verb) {
      case '_ping':
        voice.passing({ kind: 'pong', id, t0: sent, t1: receivedAt, t2: now.mono });
        return;
      case '_report':
        this.#askedForReport(envelope, now);
        return;
      case '_lease':
        if (topic === 'shared') lease.renew(run, now);
        else if (!admission.isRepeat(id, run, now)) leaseDesk.request(envelope, now);
        return;
      case '_release':
        if (topic === 'shared') leaseDesk.giveBack(run, now);
        else if (!admission.isRepeat(id, run, now)) leaseDesk.release(envelope, now);
        return;
      case '_strays':
        straysDesk.list(id);
        return;
      case '_stop-strays':
        if (this.#isMeantForNow(envelope)) straysDesk.stop(id);
        return;
      case '_probe':
        if (topic === 'own') portDesk.probe(id, args, now);
        return;
      case '_inspect':
        if (topic === 'own') inspectDesk.inspect(id, args);
        return;
      case '_arm':
      case '_confirm':
      case '_cancel':
        if (topic === 'own' && !admission.isRepeat(id, run, now)) this.#syncDesk.take(verb, envelope, now);
        return;
    }
  }

  /** What ends work of the moment must not come late: nobody waits for its answer any more. */
  #isMeantForNow({ session, ageMs, ttlMs, topic, verb }: Arrived): boolean {
    const { info } = this.#options;
    const isMeant = topic === 'own' && (session === undefined || session === info.session) && ageMs <= ttlMs;
    if (!isMeant) this.#warn(`ignored ${verb}: it came too late, or was not meant for this session alone`);
    return isMeant;
  }

  /** `_report [<seq> [<ms>]]`: first what was said after that number, then how things stand, within that time. */
  #askedForReport({ id, args: [after, within] }: CommandEnvelope, now: Moment): void {
    if (after !== undefined && /^\d{1,15}$/.test(after)) this.#options.voice.replayAfter(Number(after));
    this.#lateReports.putOff(id, within, now.mono);
    this.keepTime(now);
  }

  #report(id: string): void {
    const { book, info, lease, voice } = this.#options;
    const status = voice.lastStatus;
    voice.passing({
      kind: 'report',
      id,
      info,
      status: status?.text ?? null,
      ...(status?.id !== undefined && { statusId: status.id }),
      lease: lease.lease,
      forgotten: voice.forgotten,
      unfinished: [...book.unfinished],
    });
  }

  #warn(message: string): void {
    this.#options.emit({ kind: 'log', level: 'warn', message, isCausedByMessage: true });
  }
}
