import {
  type InspectQuestion,
  isLasting,
  type LastingReply,
  type Lease,
  type NodeLoss,
  type NodeName,
  type ProtocolVerb,
  parseNodeLoss,
  type Reply,
  type ReplyOf,
} from '../../protocol/index.ts';
import type { Absences } from './absences.ts';
import type { ArmedCommand, Command } from './command.ts';
import type { CommandDesk } from './command-desk.ts';
import { Inquiry } from './inquiry.ts';
import { describeNodeLoss } from './node-loss.ts';
import type { NodeEffect, NodeSettings, StraysVerb } from './node-port.ts';
import { ReplyNumbers } from './reply-numbers.ts';
import { Said } from './said.ts';
import { Setup } from './setup.ts';
import { StandingQuestion } from './standing-question.ts';
import { SyncTalk } from './sync-talk.ts';

interface SessionTalkOptions {
  readonly session: string;
  readonly node: NodeName;
  readonly settings: NodeSettings;
  readonly desk: CommandDesk;
  readonly absences: Pick<Absences, 'describe'>;
  readonly emit: (effect: NodeEffect) => void;
}

/**
 * The talk with one session of an agent: what it needs before it takes commands, what it said, what of that was missed.
 * A new session begins a new talk: it knows nothing of the old one's commands, and the lease died with it.
 */
export class SessionTalk {
  readonly session: string;
  readonly said = new Said();
  readonly #options: SessionTalkOptions;
  readonly #numbers: ReplyNumbers;
  #setup: Setup;
  #status: string | null = null;
  #statusSeq = 0;
  #lease: Lease | null = null;
  #hasAnswered = false;
  #isReached = false;
  #workStopped: string | undefined;
  readonly #release: StandingQuestion;
  readonly #strays: Inquiry<ReplyOf<'strays'>>;
  readonly #inspection: Inquiry<ReplyOf<'inspected'>>;
  readonly #sync: SyncTalk;

  constructor(options: SessionTalkOptions) {
    this.session = options.session;
    this.#options = options;
    this.#numbers = new ReplyNumbers({
      settings: options.settings,
      askAfter: (id, seq) => this.#publish(id, '_report', [String(seq)]),
      onMissed: (count) => options.emit({ kind: 'replies-missed', count }),
    });
    this.#setup = new Setup(options.settings.holdLease);
    this.#release = new StandingQuestion(options.settings.askEveryMs);
    this.#strays = new Inquiry(options.settings.askEveryMs);
    this.#inspection = new Inquiry(options.settings.askEveryMs);
    this.#sync = new SyncTalk({ ...options.settings, publish: (...question) => this.#publish(...question) });
  }

  /** The last status that it said; null before the first, while initFunction runs. */
  get status(): string | null {
    return this.#status;
  }

  get lease(): Lease | null {
    return this.#lease;
  }

  /** False while only its heartbeats were heard. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** Something that was sent to its own topic was answered. */
  get isReached(): boolean {
    return this.#isReached;
  }

  /** How many texts and numbers are remembered. */
  get size(): number {
    return this.said.size + this.#numbers.size;
  }

  /** Why the agent has stopped this run's work unasked, as the end of a sentence; undefined while it has not. */
  get workStopped(): string | undefined {
    return this.#workStopped;
  }

  /** What it answered last about strays; undefined while an answer is awaited. */
  get strays(): ReplyOf<'strays'> | undefined {
    return this.#strays.answer;
  }

  /** What it answered last about its machine; undefined while an answer is awaited. */
  get inspection(): ReplyOf<'inspected'> | undefined {
    return this.#inspection.answer;
  }

  get isLeased(): boolean {
    return this.#setup.leased;
  }

  /** True also while the answer to the question for its lease is awaited. */
  get mayBeLeased(): boolean {
    return this.#setup.mayBeLeased;
  }

  /** True while something that it said has not arrived. */
  get missesReplies(): boolean {
    return this.#numbers.hasHole;
  }

  nextDeadline(): number {
    return Math.min(
      this.#options.desk.nextWaiting ? this.#setup.nextDeadline() : Number.POSITIVE_INFINITY,
      this.#numbers.nextDeadline(),
      this.#release.nextDeadline(),
      this.#strays.nextDeadline(),
      this.#inspection.nextDeadline(),
      this.#sync.nextDeadline(),
    );
  }

  /** It says that its last number is this one. */
  announced(seq: number): void {
    this.#numbers.announced(seq);
  }

  hear(reply: Reply, now: number): void {
    this.#hasAnswered = true;
    if (!isLasting(reply)) {
      this.announced(reply.seq);
      if (reply.kind === 'pong') this.#setupAnswered(reply.id);
      else if (reply.kind === 'strays') this.#strays.hear(reply);
      else if (reply.kind === 'inspected') this.#inspection.hear(reply);
      else if (reply.kind === 'report') this.#report(reply, now);
    } else if (reply.kind === 'status' && reply.repeat) {
      this.announced(reply.seq);
      this.#lastStatus(reply.text, reply.seq);
    } else if (this.#numbers.receive(reply.seq)) {
      this.#lasting(reply, now);
    }
  }

  /** Asks for what is missing, or for what was said since the last word. */
  catchUp(now: number): void {
    this.#numbers.catchUp(now);
  }

  /** After an outage of our own: what was asked, and what was said, may be gone. */
  reconnected(now: number): void {
    this.#setup.askAgain(now);
    this.catchUp(now);
  }

  /** The agent will judge ages by a clock that it does not know: it is pinged again first. */
  clockRenewed(): void {
    this.#setup.pingAgain();
  }

  release(stop: boolean, now: number): void {
    if (this.#release.isOpen) return;
    const id = this.#options.settings.createId();
    this.#release.begin({ id, verb: '_release', args: stop ? ['stop'] : [] }, now);
  }

  /** Asked again until it answers. */
  askStrays(verb: StraysVerb, now: number): void {
    this.#strays.ask(this.#options.settings.createId(), verb, [], now);
  }

  /** The same about what there is on its machine. */
  askInspection(question: InspectQuestion, now: number): void {
    const args = [JSON.stringify(question)];
    this.#inspection.ask(this.#options.settings.createId(), '_inspect', args, now);
  }

  /** A command is sent with its instant; without what the session needs before one it is lost. */
  arm(command: ArmedCommand, atMs: number, now: number): void {
    const { desk } = this.#options;
    if (this.#setup.done) desk.arm(command, atMs, this.#addressee);
    else
      desk.disarm(
        command,
        'lost',
        'its agent was started again, or lost its lease, before the instant was set',
        now,
      );
  }

  confirm(command: ArmedCommand, until: number, now: number): void {
    if (command.session === this.session) this.#sync.confirm(command, until, now);
  }

  cancel(command: ArmedCommand, now: number): void {
    if (command.session === this.session) this.#sync.cancel(command, now);
  }

  /** To be called only while the session is alive. */
  keepTime(now: number): void {
    this.#numbers.keepTime(now);
    for (const standing of [this.#release, this.#strays, this.#inspection]) {
      const question = standing.takeDue(now);
      if (question) this.#publish(question.id, question.verb, question.args);
    }
    this.#sync.keepTime(now);
    if (this.#options.desk.nextWaiting) this.#sendWaiting(now);
  }

  /** Commands go out once the session has answered a ping and granted its lease. */
  #sendWaiting(now: number): void {
    const { settings, desk } = this.#options;
    const question = this.#setup.ask(now, settings.askEveryMs, settings.createId);
    if (question) this.#publish(question.id, question.verb, this.#argsOf(question.verb));
    if (this.#setup.done) {
      desk.send(this.#addressee, now);
    }
  }

  get #addressee() {
    return { session: this.session, lastSeq: this.#numbers.last };
  }

  #argsOf(verb: '_ping' | '_lease'): readonly string[] {
    const { owner, leaseMs, takeOver } = this.#options.settings;
    if (verb === '_ping') return [];
    return takeOver ? [owner, String(leaseMs), 'take-over'] : [owner, String(leaseMs)];
  }

  #report({ id, seq, status, lease, forgotten, unfinished }: ReplyOf<'report'>, now: number): void {
    this.#lease = lease;
    if (this.#status === null && status !== null) this.said.record(status, 0);
    if (status !== null) this.#lastStatus(status, seq);
    const lost = this.#numbers.reportedBy(id, forgotten);
    if (lost === 0) return;
    this.#options.emit({
      kind: 'event',
      event: {
        type: 'warning-given',
        node: this.#options.node,
        message: `${lost} of its replies were lost on the way and are no longer kept`,
      },
    });
    this.#options.desk.resultsLost(new Set(unfinished), now);
  }

  #lasting(reply: LastingReply, now: number): void {
    const { node, desk, emit } = this.#options;
    const command = desk.find(reply.id);
    switch (reply.kind) {
      case 'ack':
        this.#acknowledgement(reply, command, now);
        return;
      case 'update':
        emit({
          kind: 'event',
          event: { type: 'update-reported', node, commandId: reply.id, text: reply.text },
        });
        return;
      case 'status':
        this.#statusReply(reply, desk.findAlsoEnded(reply.id), now);
        return;
      case 'fired': {
        const arming = desk.findAlsoEnded(reply.id)?.arming;
        if (arming) arming.fired = reply;
        return;
      }
      case 'result':
        if (!command) return;
        // It judged by a clock that may have jumped.
        if (reply.outcome === 'expired' && !isArmed(command)) emit({ kind: 'renew-clock' });
        this.#result(reply, command, now);
        return;
    }
  }

  #result(reply: ReplyOf<'result'>, command: Command, now: number): void {
    const { desk } = this.#options;
    const { because, by } = reply;
    if (because) desk.finishedByLoss(command, reply, this.#describeLoss({ because, by }, now), now);
    else desk.finished(command, reply, now);
  }

  #statusReply({ text, id, seq }: ReplyOf<'status'>, command: Command | undefined, now: number): void {
    const { node, desk, emit } = this.#options;
    this.#lastStatus(text, seq);
    this.said.record(text, seq);
    if (command) desk.reported(command, text);
    const loss = id === undefined ? parseNodeLoss(text) : undefined;
    if (loss) this.#dispossessed(this.#describeLoss(loss, now));
    emit({
      kind: 'event',
      event: { type: 'status-reported', node, ...(id !== undefined && { commandId: id }), text },
    });
  }

  /** The node is no longer this run's: its lease lapsed, or somebody else took the node over. */
  #dispossessed(why: string): void {
    const { node, desk, emit } = this.#options;
    desk.workStopped();
    if (!this.#setup.leased) return;
    this.#workStopped = why;
    const message = `it no longer belongs to this run, and what the run started there is gone: ${why}`;
    emit({ kind: 'event', event: { type: 'warning-given', node, message } });
  }

  #describeLoss(loss: NodeLoss, now: number): string {
    const { settings, absences } = this.#options;
    return describeNodeLoss(loss, settings.leaseMs, absences, now);
  }

  /** A missed status may arrive after a later one. */
  #lastStatus(text: string, seq: number): void {
    if (seq < this.#statusSeq) return;
    this.#status = text;
    this.#statusSeq = seq;
  }

  #acknowledgement(ack: ReplyOf<'ack'>, command: Command | undefined, now: number): void {
    const { settings, desk } = this.#options;
    if (this.#sync.answered(ack)) return;
    if (this.#release.answered(ack.id)) {
      this.#setup = new Setup(settings.holdLease);
    } else if (ack.accepted) {
      if (command) desk.acknowledged(command, ack.leftMs);
      else this.#setupAnswered(ack.id);
    } else if (command) {
      desk.refused(command, ack, now);
    } else if (this.#setup.refused(ack.id)) {
      desk.allRefused(ack, now);
    }
  }

  #setupAnswered(id: string): void {
    if (this.#setup.answered(id)) this.#isReached = true;
  }

  #publish(id: string, verb: ProtocolVerb, args: readonly string[]): void {
    const forRun = verb === '_lease' || verb === '_release' || verb === '_confirm' || verb === '_cancel';
    const session = forRun || verb === '_stop-strays' ? this.session : undefined;
    this.#options.emit({ kind: 'publish', id, verb, args, session, asRun: forRun });
  }
}

/** It was taken, so what came too late was its confirmation. */
const isArmed = ({ arming }: Command): boolean => arming?.leftMs !== undefined;
