import type { ControlMessage } from '../../channel/index.ts';
import {
  type CommandEnvelope,
  doneStatus,
  type Info,
  isProtocolVerb,
  isReservedVerb,
  isStoppingVerb,
  type ProtocolVerb,
  type ReplyOf,
  receivedStatus,
} from '../../protocol/index.ts';
import type { AgentEffect, Moment } from './agent-port.ts';
import { CommandAges } from './command-ages.ts';
import type { CommandBook } from './command-book.ts';
import { LateReports } from './late-reports.ts';
import type { LeaseDesk } from './lease-desk.ts';
import type { LeaseHolder } from './lease-holder.ts';
import type { StraysDesk } from './strays-desk.ts';
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
  readonly emit: (effect: AgentEffect) => void;
  readonly createId: () => string;
}

type Arrived = CommandEnvelope & {
  readonly ageMs: number;
  readonly topic: 'own' | 'shared';
  readonly receivedAt: number;
};
type Refusal = Pick<Extract<ReplyOf<'ack'>, { accepted: false }>, 'refusal' | 'reason'>;

/** Takes every command that arrives: answers it at once, refuses it, or has it done. */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #ages = new CommandAges();
  readonly #lateReports: LateReports;

  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.#lateReports = new LateReports(options.info.session);
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
    const { id, run, verb, args } = envelope;
    const ageMs = this.#ages.ageOf(envelope.clock, envelope.sent, receivedAt);
    if (isProtocolVerb(verb)) {
      this.#protocolVerb(verb, { ...envelope, ageMs, topic, receivedAt }, now);
    } else if (isReservedVerb(verb)) {
      if (topic === 'own' && !this.#isRepeat(id, run, now)) this.#refuseUnknown(envelope, now);
    } else if (topic === 'own' || (run !== undefined && this.#options.lease.run === run)) {
      const task: Task = { kind: taskKind(verb), id, run, verb, args };
      if (!this.#isRepeat(id, run, now)) this.#take(task, envelope, ageMs, now);
    }
  }

  #protocolVerb(verb: ProtocolVerb, envelope: Arrived, now: Moment): void {
    const { lease, leaseDesk, straysDesk, voice } = this.#options;
    const { id, run, sent, topic, receivedAt } = envelope;
    switch (verb) {
      case '_ping':
        voice.passing({ kind: 'pong', id, t0: sent, t1: receivedAt, t2: now.mono });
        return;
      case '_report':
        this.#askedForReport(envelope, now);
        return;
      case '_lease':
        if (topic === 'shared') lease.renew(run, now);
        else if (!this.#isRepeat(id, run, now)) leaseDesk.request(envelope, now);
        return;
      case '_release':
        if (topic === 'shared') leaseDesk.giveBack(run, now);
        else if (!this.#isRepeat(id, run, now)) leaseDesk.release(envelope, now);
        return;
      case '_strays':
        straysDesk.list(id);
        return;
      case '_stop-strays':
        if (this.#isMeantForNow(envelope)) straysDesk.stop(id);
        return;
      case '_arm':
      case '_confirm':
      case '_cancel':
      case '_probe':
        if (topic === 'own' && !this.#isRepeat(id, run, now)) this.#refuseUnknown(envelope, now);
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

  /** A verb of a later protocol: as a command of the user's it would become a status of the node. */
  #refuseUnknown({ id, run, verb }: CommandEnvelope, now: Moment): void {
    const { book, voice } = this.#options;
    book.begin(id);
    voice.refuse({ id, run }, 'invalid', `this agent does not know ${shownVerb(verb)}`, now.mono);
    book.end(id, now.mono);
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

  /** Answers a known id with what was said about it. */
  #isRepeat(id: string, run: string | undefined, now: Moment): boolean {
    const { book, voice } = this.#options;
    if (!book.knows(id)) return false;
    const isAnswered = voice.replayAbout(id).some(({ kind }) => kind === 'result' || kind === 'ack');
    if (!isAnswered && !book.isUnfinished(id)) {
      const stderr = 'it came to its end, but what came of it is no longer known here';
      voice.result({ id, run }, { outcome: 'lost', stderr }, now.mono);
    }
    return true;
  }

  #take(task: Task, { session, ttlMs }: CommandEnvelope, ageMs: number, now: Moment): void {
    const { book, info, line, voice } = this.#options;
    book.begin(task.id);
    if (session !== undefined && session !== info.session) {
      const stderr = 'it was meant for an earlier session of this agent';
      voice.result(task, { outcome: 'lost', stderr }, now.mono);
      book.end(task.id, now.mono);
      return;
    }
    if (ageMs > ttlMs) {
      const stderr = `it was ${Math.round(ageMs)} ms old on arrival, at most ${ttlMs} are allowed`;
      voice.result(task, { outcome: 'expired', stderr }, now.mono);
      book.end(task.id, now.mono);
      return;
    }
    const refused = this.#refusalOf(task);
    if (refused) {
      voice.refuse(task, refused.refusal, refused.reason, now.mono);
      book.end(task.id, now.mono);
      return;
    }
    voice.acknowledge(task, now.mono);
    line.add(task, now);
  }

  /** Whoever may publish may always stop; everything else needs the node to be free or the run's own. */
  #refusalOf(task: Task): Refusal | undefined {
    const { lease, line } = this.#options;
    const noRoom = line.whyNoRoomFor(task);
    if (noRoom !== undefined) return { refusal: 'not-ready', reason: noRoom };
    if (isStoppingVerb(task.verb)) return undefined;
    if (!lease.isFreeFor(task.run)) return { refusal: 'busy', reason: lease.describe() };
    if (task.run !== undefined && lease.run !== task.run)
      return {
        refusal: 'no-lease',
        reason: 'the run does not hold this node: its lease has lapsed, or was never taken',
      };
    return line.unusable === undefined ? undefined : { refusal: 'not-ready', reason: line.unusable };
  }

  #warn(message: string): void {
    this.#options.emit({ kind: 'log', level: 'warn', message, isCausedByMessage: true });
  }
}
