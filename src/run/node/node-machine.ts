import type { AgentMessage } from '../../channel/index.ts';
import type { NodeState, RunEventBody } from '../../events/index.ts';
import {
  isLasting,
  type LastingReply,
  type Lease,
  type NodeName,
  type Reply,
  type ReplyOf,
  statusBeginsWith,
} from '../../protocol/index.ts';
import type { Command } from './command.ts';
import { CommandDesk } from './command-desk.ts';
import type { NodeEffect, NodeInput, NodeSettings } from './node-port.ts';
import { Presence } from './presence.ts';
import { Questions } from './questions.ts';
import { ReplyStream } from './reply-stream.ts';
import { Said } from './said.ts';
import { Setup } from './setup.ts';

type NodeMessage = Exclude<AgentMessage, { kind: 'output' }>;

/**
 * What the control machine knows of one node, and what it does about it: presence, lease, commands under way, what was
 * reported. It computes only, like the agent's machine: inputs in, effects out, time handed in.
 */
export class NodeMachine {
  readonly node: NodeName;
  readonly #settings: NodeSettings;
  readonly #presence: Presence;
  readonly #desk: CommandDesk;
  readonly #questions: Questions;
  readonly #said = new Said();
  #effects: NodeEffect[] = [];
  #connected = true;
  #disconnectedAt = 0;
  /** The session that everything below is about. */
  #followed: string | undefined;
  #setup: Setup | undefined;
  #stream: ReplyStream | undefined;
  #status: string | null = null;
  #lease: Lease | null = null;
  #legacyAlive = false;
  /** When what a terminated agent left unanswered is lost: its last words may overtake each other. */
  #sessionOverAt = Number.POSITIVE_INFINITY;
  #release: { readonly id: string; again: number } | undefined;

  constructor(node: NodeName, settings: NodeSettings) {
    this.node = node;
    this.#settings = settings;
    const emit = (effect: NodeEffect): void => {
      this.#effects.push(effect);
    };
    this.#presence = new Presence(
      { ...settings, legacyAfterMs: 2 * settings.askEveryMs },
      ({ state, detail }) => emit({ kind: 'event', event: { type: 'node-changed', node, state, detail } }),
    );
    this.#desk = new CommandDesk(node, settings, emit);
    this.#questions = new Questions(settings.askEveryMs);
  }

  get state(): NodeState {
    return this.#presence.state;
  }

  get session(): string | undefined {
    return this.#presence.session;
  }

  /** Why it is not alive, as the end of a sentence. */
  get reason(): string {
    return this.#presence.reason;
  }

  get presence(): Pick<Presence, 'info' | 'heardAt' | 'isPast'> {
    return this.#presence;
  }

  /** The last status that its live session said; null before the first, while initFunction runs. */
  get status(): string | null {
    return this.#status;
  }

  get said(): Pick<Said, 'beginsWith'> {
    return this.#said;
  }

  /** A legacy agent has said ALIVE, be it long ago. */
  get legacyAlive(): boolean {
    return this.#legacyAlive;
  }

  /** Whose node it is, as it last reported. */
  get lease(): Lease | null {
    return this.#lease;
  }

  /** True when this run started something there that it has not seen stopped. */
  get hasWork(): boolean {
    return this.#desk.hasWork;
  }

  /** True while the node belongs to this run, as far as we know, and could be told otherwise. */
  get isHeld(): boolean {
    return this.#setup?.leased === true && (this.state === 'alive' || this.state === 'reconnecting');
  }

  get unfinished(): readonly Command[] {
    return this.#desk.unfinished;
  }

  handle(input: NodeInput, now: number): readonly NodeEffect[] {
    this.#effects = [];
    this.#dispatch(input, now);
    if (this.#connected) this.#keepTime(now);
    return this.#effects;
  }

  /** When `tick` is due; undefined while the broker is gone, since then no time counts. */
  nextDeadline(): number | undefined {
    if (!this.#connected) return undefined;
    const deadline = Math.min(
      this.#presence.nextDeadline(),
      this.#desk.nextDeadline(),
      this.#questions.nextDeadline(),
      this.#setup?.nextDeadline() ?? Number.POSITIVE_INFINITY,
      this.#release?.again ?? Number.POSITIVE_INFINITY,
      this.#sessionOverAt,
    );
    return Number.isFinite(deadline) ? deadline : undefined;
  }

  #dispatch(input: NodeInput, now: number): void {
    switch (input.kind) {
      case 'message':
        this.#message(input.message, now);
        return;
      case 'asked':
        this.#presence.asked(now);
        this.#questions.schedule(now, !this.#presence.hasInfo);
        return;
      case 'connected':
        this.#reconnected(now);
        return;
      case 'disconnected':
        this.#connected = false;
        this.#disconnectedAt = now;
        return;
      case 'send':
        this.#desk.add(input.command, this.#settings.takeOver && !this.isHeld);
        return;
      case 'published':
        this.#desk.delivered(input.command, now);
        return;
      case 'release':
        if (this.isHeld) this.#release ??= { id: this.#settings.createId(), again: now };
        return;
      case 'tick':
        return;
    }
  }

  #message(message: NodeMessage, now: number): void {
    switch (message.kind) {
      case 'info':
        this.#infoTopic(message, now);
        return;
      case 'status':
        this.#statusTopic(message.text, message.retained, now);
        return;
      case 'heartbeat':
        this.#heard(message.heartbeat.session, message.heartbeat.seq, now, message.heartbeat.busy);
        return;
      case 'reply':
        this.#reply(message.reply, now);
        return;
    }
  }

  #infoTopic({ info, retained }: Extract<NodeMessage, { kind: 'info' }>, now: number): void {
    if (!info) {
      this.#presence.infoCleared();
      this.#sessionOverAt = now + this.#settings.offlineGraceMs;
      return;
    }
    this.#presence.infoSeen(info, retained, now);
    this.#follow(info.session, now);
    // Said again by a session we know: it reconnected, and something may have been said in between.
    if (!retained && info.session === this.#followed)
      this.#askFor(this.#stream?.missingAfter ?? this.#stream?.last);
    else if (this.state !== 'alive') this.#questions.schedule(now, false);
  }

  #statusTopic(text: string, retained: boolean, now: number): void {
    this.#presence.statusSeen(text, retained, now);
    if (this.state === 'alive' || this.state === 'reconnecting') return;
    if (statusBeginsWith(text, ['ALIVE'])) this.#legacyAlive = true;
    if (retained) return;
    this.#said.record(text, Number.MAX_SAFE_INTEGER);
    if (this.state !== 'legacy') return;
    this.#event({ type: 'status-reported', node: this.node, text });
    if (statusBeginsWith(text, ['STOPPED']) || statusBeginsWith(text, ['TERMINATED']))
      this.#desk.workStopped();
  }

  #reply(reply: Reply, now: number): void {
    if (reply.kind === 'report') this.#presence.infoSeen(reply.info, false, now);
    const alive = this.#heard(reply.session, isLasting(reply) ? reply.seq - 1 : reply.seq, now);
    const lastWords = !alive && reply.session === this.#followed;
    if (!alive && !lastWords) return;
    if (reply.kind === 'pong') this.#setup?.answered(reply.id);
    else if (reply.kind === 'report') this.#report(reply);
    else if (this.#stream?.receive(reply.seq)) this.#lasting(reply, now);
  }

  #report({ id, status, lease }: ReplyOf<'report'>): void {
    this.#lease = lease;
    this.#questions.answered();
    if (this.#status === null && status !== null) {
      this.#status = status;
      this.#said.record(status, 0);
    }
    const lost = this.#questions.isReplayEnd(id) ? (this.#stream?.giveUp() ?? 0) : 0;
    if (lost > 0) this.#warn(`${lost} of its replies were lost on the way and are no longer kept`);
  }

  #lasting(reply: LastingReply, now: number): void {
    const command = this.#desk.find(reply.id);
    switch (reply.kind) {
      case 'ack':
        this.#acknowledgement(reply, command, now);
        return;
      case 'update':
        this.#event({ type: 'update-reported', node: this.node, commandId: reply.id, text: reply.text });
        return;
      case 'status':
        this.#statusReply(reply, command);
        return;
      case 'result':
        if (reply.outcome === 'expired') this.#expired();
        if (command) this.#desk.finished(command, reply, now);
        return;
    }
  }

  #statusReply({ text, id, seq }: ReplyOf<'status'>, command: Command | undefined): void {
    this.#status = text;
    this.#said.record(text, seq);
    if (command) this.#desk.reported(command, text);
    this.#event({
      type: 'status-reported',
      node: this.node,
      ...(id !== undefined && { commandId: id }),
      text,
    });
  }

  #acknowledgement(ack: ReplyOf<'ack'>, command: Command | undefined, now: number): void {
    if (ack.id === this.#release?.id) {
      this.#release = undefined;
      this.#setup = undefined;
    } else if (ack.accepted) {
      if (command) this.#desk.acknowledged(command);
      else this.#setup?.answered(ack.id);
    } else if (command) {
      this.#desk.refused(command, ack, now);
    } else if (this.#setup?.refused(ack.id)) {
      this.#desk.allRefused(ack, now);
    }
  }

  /** The agent judged by a clock that may have jumped: take a new one, and let it be pinged first. */
  #expired(): void {
    this.#effects.push({ kind: 'renew-clock' });
    this.#setup?.pingAgain();
  }

  /** A sign of life; returns false when the session is not (yet) the live one. */
  #heard(session: string, lastSeq: number, now: number, busy?: boolean): boolean {
    const alive = this.#presence.heard(session, now, busy);
    if (alive) {
      this.#follow(session, now);
      this.#stream ??= new ReplyStream(lastSeq);
      this.#stream.announce(lastSeq);
    } else if (!this.#presence.isPast(session)) {
      this.#questions.askNow(now);
    }
    return alive;
  }

  /** Everything is about the live session: when that is a new one, the old one's memory and work are gone. */
  #follow(session: string, now: number): void {
    if (session !== this.session || session === this.#followed) return;
    this.#followed = session;
    this.#setup = new Setup(session, this.#settings.holdLease);
    this.#stream = undefined;
    this.#status = null;
    this.#release = undefined;
    this.#said.clear();
    this.#desk.sessionOver('the agent was started again and knows nothing of it', now);
  }

  #reconnected(now: number): void {
    if (this.#connected) return;
    this.#connected = true;
    this.#presence.reconnected(now);
    this.#setup?.askAgain(now);
    this.#desk.reconnected(now - this.#disconnectedAt, now);
    if (this.#stream) this.#askFor(this.#stream.missingAfter ?? this.#stream.last);
    else this.#questions.schedule(now, false);
  }

  #keepTime(now: number): void {
    this.#presence.tick(now);
    if (this.#questions.isHoleDue(this.#stream?.missingAfter !== undefined, now)) {
      this.#askFor(this.#stream?.missingAfter);
    }
    if (this.#questions.isDue(now)) this.#ask(now);
    if (this.#release && this.#release.again <= now) {
      this.#publish(this.#release.id, '_release', [], true);
      this.#release.again = now + this.#settings.askEveryMs;
    }
    if (this.#sessionOverAt <= now) {
      this.#sessionOverAt = Number.POSITIVE_INFINITY;
      if (this.state === 'terminated') this.#desk.sessionOver('the agent has terminated', now);
    }
    if (this.#desk.hasWaiting) this.#sendWaiting(now);
    this.#desk.watch(now, this.session, this.#whyUndelivered());
  }

  /** Commands go out once the session has answered a ping and granted its lease. */
  #sendWaiting(now: number): void {
    if (this.state === 'legacy') {
      this.#said.clear();
      this.#desk.send({ kind: 'legacy' }, now);
    } else if (this.state === 'alive' && this.#followed !== undefined) {
      const question = this.#setup?.ask(now, this.#settings.askEveryMs, this.#settings.createId);
      if (question)
        this.#publish(question.id, question.verb, this.#setupArgs(question.verb), question.verb === '_lease');
      if (this.#setup?.done) {
        this.#desk.send({ kind: 'session', session: this.#followed, lastSeq: this.#stream?.last ?? 0 }, now);
      }
    }
  }

  #setupArgs(verb: '_ping' | '_lease'): readonly string[] {
    const { owner, leaseMs, takeOver } = this.#settings;
    if (verb === '_ping') return [];
    return takeOver ? [owner, String(leaseMs), 'take-over'] : [owner, String(leaseMs)];
  }

  #whyUndelivered(): string {
    if (this.state === 'alive') return 'it is alive but did not acknowledge';
    return this.state === 'legacy' ? 'the broker did not take it' : this.#presence.reason;
  }

  /** Asks a node that has not answered: on its own topic if it reads envelopes, else through everybody's. */
  #ask(now: number): void {
    if (this.state === 'legacy') return;
    const readsEnvelopes = this.#presence.hasInfo || this.#followed !== undefined;
    if (readsEnvelopes) this.#publish(this.#settings.createId(), '_report', [], false);
    else this.#effects.push({ kind: 'ask-all' });
    if (this.state !== 'alive') this.#questions.schedule(now, !readsEnvelopes);
  }

  #askFor(after: number | undefined): void {
    if (after === undefined) return;
    const id = this.#settings.createId();
    this.#questions.replayAsked(id);
    this.#publish(id, '_report', [String(after)], false);
  }

  #publish(id: string, verb: string, args: readonly string[], asRun: boolean): void {
    const session = verb === '_lease' || verb === '_release' ? this.session : undefined;
    this.#effects.push({ kind: 'publish', id, verb, args, session, asRun });
  }

  #warn(message: string): void {
    this.#event({ type: 'warning-given', node: this.node, message });
  }

  #event(event: RunEventBody): void {
    this.#effects.push({ kind: 'event', event });
  }
}
