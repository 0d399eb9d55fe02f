import type { AgentMessage } from '../../channel/index.ts';
import type { NodeState } from '../../events/index.ts';
import type { Lease, NodeName, Reply, ReplyOf } from '../../protocol/index.ts';
import { Absences } from './absences.ts';
import type { Command } from './command.ts';
import { CommandDesk } from './command-desk.ts';
import type { NodeEffect, NodeInput, NodeSettings } from './node-port.ts';
import { PortWatches } from './port-watches.ts';
import { Presence, type PresenceChange } from './presence.ts';
import { Questions } from './questions.ts';
import type { Said } from './said.ts';
import { Talks } from './talks.ts';
import { describeUndelivered } from './undelivered.ts';

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
  readonly #ports: PortWatches;
  readonly #absences = new Absences();
  readonly #emit: (effect: NodeEffect) => void;
  #effects: NodeEffect[] = [];
  #connected = true;
  #disconnectedAt = 0;
  readonly #talks: Talks;
  /** When what a terminated agent left unanswered is lost: its last words may overtake each other. */
  #sessionOverAt = Number.POSITIVE_INFINITY;

  constructor(node: NodeName, settings: NodeSettings) {
    this.node = node;
    this.#settings = settings;
    this.#emit = (effect) => this.#effects.push(effect);
    this.#presence = new Presence(
      { ...settings, legacyAfterMs: 2 * settings.askEveryMs },
      (change) => this.#presenceChanged(change),
      (now) => this.#questions.askNow(now),
    );
    this.#desk = new CommandDesk(node, settings, this.#emit);
    this.#questions = new Questions(settings.askEveryMs);
    this.#ports = new PortWatches({ node, settings, presence: this.#presence, emit: this.#emit });
    this.#talks = new Talks({
      node,
      settings,
      desk: this.#desk,
      absences: this.#absences,
      emit: this.#emit,
    });
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

  /** Why a command has not gone out yet, as the end of a sentence. */
  get whyWaiting(): string {
    if (this.state === 'legacy') return this.#talks.legacy.reason ?? this.reason;
    return (this.state === 'alive' ? this.#talks.textOnly?.reason : undefined) ?? this.reason;
  }

  get presence(): Pick<Presence, 'info' | 'heardAt' | 'isPast' | 'lastWords' | 'unanswered'> {
    return this.#presence;
  }

  /** It has an INFO and a session, but takes commands as plain text, and its STATUS is all that it says about them. */
  get readsTextOnly(): boolean {
    return this.#presence.readsTextOnly && this.state !== 'legacy';
  }

  /** False while nothing but signs of life came from an agent of ours that could say more. */
  get hasAnswered(): boolean {
    return this.#talks.ours?.hasAnswered ?? this.#talks.textOnly !== undefined;
  }

  /** Something that was sent to its own topic was answered. */
  get isReached(): boolean {
    return this.#talks.ours?.isReached ?? false;
  }

  /** The last status that its live session said; null before the first, while initFunction runs. */
  get status(): string | null {
    return this.#talks.status;
  }

  get said(): Pick<Said, 'beginsWith'> {
    return this.#talks.said;
  }

  /** True while something that it said has not arrived. */
  get missesReplies(): boolean {
    return this.#talks.ours?.missesReplies ?? false;
  }

  /** A legacy agent has said ALIVE, be it long ago. */
  get legacyAlive(): boolean {
    return this.#talks.legacy.hasSaidAlive;
  }

  /** Whose node it is, as it last reported. */
  get lease(): Lease | null {
    return this.#talks.ours?.lease ?? null;
  }

  /** Why the agent has stopped this run's work unasked: then the run cannot pass. */
  get workStopped(): string | undefined {
    return this.#talks.ours?.workStopped;
  }

  /** Why the outcome of something that was sent will never be known: then the run cannot pass. */
  get untold(): string | undefined {
    return this.#talks.untold;
  }

  /** True when this run started something there that it has not seen stopped. TERMINATE stops everything. */
  get hasWork(): boolean {
    return this.#desk.hasWork && this.state !== 'terminated';
  }

  /** True while the node belongs to this run, as far as we know, and could be told otherwise. */
  get isHeld(): boolean {
    return (
      this.#talks.ours?.mayBeLeased === true && (this.state === 'alive' || this.state === 'reconnecting')
    );
  }

  /** What it answered to the last `ask-strays`; undefined before. */
  get strays(): ReplyOf<'strays'> | undefined {
    return this.#talks.ours?.strays;
  }

  /** What it answered to the last `ask-inspection`; undefined before. */
  get inspection(): ReplyOf<'inspected'> | undefined {
    return this.#talks.ours?.inspection;
  }

  get unfinished(): readonly Command[] {
    return this.#desk.unfinished;
  }

  /** How many things are remembered: bounded, however long a run lasts. */
  get size(): number {
    return this.#desk.unfinished.length + this.#presence.size + this.#ports.size + this.#talks.size;
  }

  handle(input: NodeInput, now: number): readonly NodeEffect[] {
    this.#effects = [];
    this.#dispatch(input, now);
    if (this.#connected) this.#keepTime(now);
    this.#absences.observe(this.#absentee(), now);
    return this.#effects;
  }

  /** When `tick` is due; undefined while the broker is gone, since then no time counts. */
  nextDeadline(): number | undefined {
    if (!this.#connected) return undefined;
    const deadline = Math.min(
      this.#presence.nextDeadline(),
      this.#desk.nextDeadline(),
      this.#questions.nextDeadline(),
      this.#ports.nextDeadline(),
      this.#sessionOverAt,
      this.state === 'legacy' ? this.#talks.legacy.nextDeadline() : Number.POSITIVE_INFINITY,
      (this.state === 'alive' ? this.#talks.ours?.nextDeadline() : undefined) ?? Number.POSITIVE_INFINITY,
    );
    return Number.isFinite(deadline) ? deadline : undefined;
  }

  #presenceChanged({ state, detail }: PresenceChange): void {
    const version = this.#presence.info?.version;
    this.#emit({
      kind: 'event',
      event: {
        type: 'node-changed',
        node: this.node,
        state,
        detail,
        ...(this.readsTextOnly && { readsTextOnly: true }),
        ...(version !== undefined && { version }),
      },
    });
  }

  #absentee(): 'broker' | 'node' | undefined {
    if (!this.#connected) return 'broker';
    return this.state === 'reconnecting' || this.state === 'lost' ? 'node' : undefined;
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
        this.#desk.add(input.command, this.#settings.takeOver && this.#talks.ours?.isLeased !== true);
        return;
      case 'arm':
        if (this.state === 'alive') this.#talks.ours?.arm(input.command, input.atMs, now);
        else this.#desk.disarm(input.command, 'lost', this.reason, now);
        return;
      case 'confirm':
        this.#talks.ours?.confirm(input.command, input.until, now);
        return;
      case 'cancel':
        input.command.arming.takenBack = input.reason;
        if (!input.command.arming.mayBegin) this.#desk.disarm(input.command, 'cancelled', input.reason, now);
        if (this.state === 'alive') this.#talks.ours?.cancel(input.command, now);
        return;
      case 'published':
        this.#desk.delivered(input.command, now);
        return;
      case 'held-back':
        this.#desk.heldBack(input.id, now);
        return;
      case 'went-out':
        this.#desk.wentOut(input.id, now);
        return;
      case 'doubted':
        if (this.state === 'alive' && this.unfinished.length > 0) this.#talks.ours?.catchUp(now);
        return;
      case 'clock-renewed':
        this.#talks.ours?.clockRenewed();
        return;
      case 'withdraw':
        this.#desk.withdraw(now);
        this.#talks.legacy.hurry();
        return;
      case 'release':
        if (this.isHeld) this.#talks.ours?.release(input.stop, now);
        return;
      case 'ask-strays':
        this.#talks.ours?.askStrays(input.verb, now);
        return;
      case 'ask-inspection':
        this.#talks.ours?.askInspection(input.question, now);
        return;
      case 'watch-port':
        this.#ports.begin(input.watch, now);
        return;
      case 'end-watch':
        this.#ports.end(input.watch);
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
      case 'heartbeat': {
        const { session, busy, seq, claim } = message.heartbeat;
        if (!claim && this.#isAlive(session, now, busy)) this.#talks.ours?.announced(seq);
        return;
      }
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
    const isKnown = info.session === this.#talks.ours?.session;
    if (!retained) this.#talks.announced(info.session);
    this.#presence.infoSeen(info, retained, now);
    this.#follow(now);
    // Said again by a session we know: it reconnected, and something may have been said in between.
    if (isKnown && !retained) {
      this.#talks.ours?.catchUp(now);
      this.#ports.askAgain(now);
      this.#emit({ kind: 'returned' });
    } else if (this.state !== 'alive') {
      // What was asked of everybody it cannot read.
      if (this.readsTextOnly) this.#questions.askNow(now);
      else this.#questions.schedule(now, false);
    }
  }

  #statusTopic(text: string, retained: boolean, now: number): void {
    if (text !== '') this.#presence.statusSeen(text, retained, now);
    this.#talks.hearStatus(text, retained, this.state === 'legacy', now);
  }

  #reply(reply: Reply, now: number): void {
    if (reply.kind === 'report') this.#presence.infoSeen(reply.info, false, now);
    const isAlive = this.#isAlive(reply.session, now);
    const isLastWord = reply.session === this.#talks.ours?.session;
    if (!isAlive && !isLastWord) return;
    if (reply.kind === 'report') this.#questions.answered();
    if (reply.kind === 'probed') this.#ports.answered(reply);
    this.#talks.ours?.hear(reply, now);
  }

  /** Takes a sign of life; returns false when the session is not, or not yet, the one that lives. */
  #isAlive(session: string, now: number, busy?: boolean): boolean {
    const isAlive = this.#presence.heard(session, now, busy);
    if (isAlive) this.#follow(now);
    // A sign of life is all that such an agent is asked for.
    if (isAlive && this.#talks.textOnly) this.#questions.answered();
    if (!isAlive && !this.#presence.isPast(session)) this.#questions.askNow(now);
    return isAlive;
  }

  #follow(now: number): void {
    if (this.#talks.follow(this.#presence, now)) this.#questions.askNow(now);
  }

  #reconnected(now: number): void {
    if (this.#connected) return;
    this.#connected = true;
    this.#presence.reconnected(now);
    this.#desk.reconnected(this.#disconnectedAt, now);
    this.#talks.reconnected(now);
    this.#ports.askAgain(now);
    if (!this.#talks.ours) this.#questions.schedule(now, false);
  }

  #keepTime(now: number): void {
    this.#presence.tick(now);
    if (this.#questions.isDue(now)) this.#ask(now);
    if (this.#sessionOverAt <= now) {
      this.#sessionOverAt = Number.POSITIVE_INFINITY;
      if (this.state === 'terminated') this.#desk.sessionOver('the agent has terminated', now);
    }
    this.#ports.keepTime(now);
    if (this.state === 'alive') (this.#talks.ours ?? this.#talks.textOnly)?.keepTime(now);
    else if (this.state === 'legacy') this.#talks.legacy.keepTime(now);
    this.#desk.watch(now, this.session, (command) => describeUndelivered(this, command));
  }

  /** Asks a node that has not answered: on its own topic if it reads envelopes, else through everybody's. */
  #ask(now: number): void {
    if (this.state === 'legacy') return;
    const { hasInfo } = this.#presence;
    if (this.readsTextOnly) {
      // Who has terminated may be followed by an original agent, which would run the question.
      if (this.state !== 'terminated') this.#emit({ kind: 'ping-as-text' });
    } else if (hasInfo) {
      const id = this.#settings.createId();
      this.#emit({ kind: 'publish', id, verb: '_report', args: [], session: undefined, asRun: false });
    } else {
      this.#emit({ kind: 'ask-all' });
    }
    if (this.state !== 'terminated') this.#questions.schedule(now, !hasInfo);
  }
}
