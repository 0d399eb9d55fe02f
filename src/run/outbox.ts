import { type Clock, type Dispose, errorMessage, type Logger } from '../base/index.ts';
import { ALL_NODES, type ControlChannel } from '../channel/index.ts';
import type { NodeName, ProtocolVerb } from '../protocol/index.ts';
import type { Command } from './node/command.ts';
import type { NodeEffect, NodeSettings } from './node/node-port.ts';
import { QuestionWindow } from './question-window.ts';

interface OutboxOptions {
  readonly channel: ControlChannel;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runId: string;
  readonly settings: Pick<NodeSettings, 'owner' | 'leaseMs' | 'createId'>;
  /** A command to a node, or what it needs before one, waits until others have answered; then it goes out. */
  readonly onHeldBack: (node: NodeName, id: string) => void;
  readonly onWentOut: (node: NodeName, id: string) => void;
  /** The broker has the plain text of a command. */
  readonly onTextPublished: (node: NodeName, command: Command) => void;
}

/** Several nodes that want everybody asked within this time are served by one question. */
const ASK_ALL_PAUSE_MS = 500;
/** Within this time everybody answers such a question, each at an instant of its own. */
const ASK_ALL_SPREAD_MS = 800;

/** All that a run sends: to single nodes in turn, so that the answers are not more than a broker keeps; and to everybody. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #window = new QuestionWindow();
  /** Ids of what waits and was said to. */
  readonly #held = new Set<string>();
  #stopTimer: Dispose | undefined;
  #askedAllAt = Number.NEGATIVE_INFINITY;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#window.size + this.#held.size;
  }

  /** Sends an envelope, as soon as there is room for its answer. */
  publish(node: NodeName, effect: Extract<NodeEffect, { kind: 'publish' }>): void {
    const { channel, clock, runId, onHeldBack, onWentOut } = this.#options;
    const { id, verb, args, session, asRun } = effect;
    const command = { id, run: asRun ? runId : undefined, session, verb, args: [...args] };
    const publish = (): void => {
      channel.send(node, command).catch((thrown: unknown) => this.#notPublished(thrown));
      if (this.#held.delete(id)) onWentOut(node, id);
    };
    // Of a node that does not answer only the last question of how things stand waits, and no command waits for it.
    const isReport = verb === '_report';
    const key = isReport ? `${node} ${verb}` : id;
    if (this.#window.ask({ id, key, publish }, clock.now())) return;
    if (!isReport) {
      this.#held.add(id);
      onHeldBack(node, id);
    }
    this.#armTimer();
  }

  /** One envelope for all members of a group. It names no session: one that was started again does not hold the lease. */
  publishToGroup(group: string, { id, verb, args }: Extract<NodeEffect, { kind: 'publish' }>): void {
    const { channel, runId } = this.#options;
    channel
      .send({ group }, { id, run: runId, session: undefined, verb, args: [...args] })
      .catch((thrown: unknown) => this.#notPublished(thrown));
  }

  publishText(node: NodeName, command: Command): void {
    const { channel, onTextPublished } = this.#options;
    channel.sendText(node, command.text).then(
      () => onTextPublished(node, command),
      (thrown: unknown) => this.#notPublished(thrown),
    );
  }

  pingAsText(node: NodeName): void {
    if (!this.#options.channel.connected) return;
    this.#options.channel.sendText(node, '_ping').catch((thrown: unknown) => this.#notPublished(thrown));
  }

  /**
   * Asks everybody how things stand, unless that was done a moment ago.
   * @param spreadMs within this time each answers at an instant of its own; 0: all at once
   */
  askAll(spreadMs: number = ASK_ALL_SPREAD_MS): void {
    const { clock } = this.#options;
    if (clock.now() - this.#askedAllAt < ASK_ALL_PAUSE_MS) return;
    this.#askedAllAt = clock.now();
    this.#sendToAll('_report', ['-', String(spreadMs)], undefined);
  }

  /** Renews the lease of every node that this run holds, with one message. */
  renewLeases(): void {
    const { settings, runId } = this.#options;
    this.#sendToAll('_lease', [settings.owner, String(settings.leaseMs)], runId);
  }

  /** There is room for another one. */
  answered(id: string): void {
    this.#window.answered(id, this.#options.clock.now());
  }

  /** What waits for its turn is not sent any more. */
  forgetWaiting(): void {
    this.#window.forgetWaiting();
    this.#held.clear();
  }

  close(): void {
    this.#stopTimer?.();
  }

  #armTimer(): void {
    const { clock } = this.#options;
    const { deadline } = this.#window;
    if (deadline === undefined || this.#stopTimer) return;
    this.#stopTimer = clock.setTimer(deadline - clock.now(), () => {
      this.#stopTimer = undefined;
      this.#window.proceed(clock.now());
      this.#armTimer();
    });
  }

  /** Nothing while disconnected. */
  #sendToAll(verb: ProtocolVerb, args: string[], run: string | undefined): void {
    const { channel, settings } = this.#options;
    if (!channel.connected) return;
    channel
      .send(ALL_NODES, { id: settings.createId(), run, session: undefined, verb, args })
      .catch((thrown: unknown) => this.#notPublished(thrown));
  }

  /** Not an error: the machines send again, or give up in their own time. */
  #notPublished(thrown: unknown): void {
    this.#options.logger.debug(`could not publish: ${errorMessage(thrown)}`);
  }
}
