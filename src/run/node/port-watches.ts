import type { NodeName, ReplyOf } from '../../protocol/index.ts';
import type { NodeEffect, NodeSettings } from './node-port.ts';
import { isLoopback, type PortWatch } from './port-watch.ts';
import type { Presence } from './presence.ts';
import { StandingQuestion } from './standing-question.ts';

interface PortWatchesOptions {
  readonly node: NodeName;
  readonly settings: Pick<NodeSettings, 'askEveryMs' | 'createId'>;
  readonly presence: Pick<Presence, 'state' | 'session' | 'info'>;
  readonly emit: (effect: NodeEffect) => void;
}

interface Asking {
  readonly question: StandingQuestion;
  /** When the last question went out. */
  askedAt: number;
}

/** The ports of a node that are waited for. Its agent is asked until they listen, and takes its time to answer. */
export class PortWatches {
  readonly #options: PortWatchesOptions;
  readonly #asking = new Map<PortWatch, Asking>();

  constructor(options: PortWatchesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#asking.size;
  }

  nextDeadline(): number {
    const dueAt = [...this.#asking].map(([watch, { question }]) =>
      this.#isAskable(watch) ? question.nextDeadline() : Number.POSITIVE_INFINITY,
    );
    return Math.min(...dueAt);
  }

  begin(watch: PortWatch, now: number): void {
    // The agent says within the interval that nothing listens: only a question that was lost is asked again.
    const question = new StandingQuestion(2 * this.#options.settings.askEveryMs);
    const asking = { question, askedAt: Number.NEGATIVE_INFINITY };
    this.#asking.set(watch, asking);
    this.#ask(watch, asking, now);
  }

  end(watch: PortWatch): void {
    this.#asking.delete(watch);
  }

  /** Either side was cut off: what was asked, or answered, may be gone. */
  askAgain(now: number): void {
    for (const [watch, asking] of this.#asking) if (asking.question.isOpen) this.#ask(watch, asking, now);
  }

  keepTime(now: number): void {
    for (const [watch, asking] of this.#asking) {
      const due = this.#isAskable(watch) && asking.question.takeDue(now);
      if (!due) continue;
      watch.session = this.#options.presence.session;
      asking.askedAt = now;
      this.#options.emit({ kind: 'publish', ...due, session: undefined, asRun: false });
    }
  }

  answered({ id, state, addresses = [], reason }: ReplyOf<'probed'>): void {
    for (const [watch, asking] of this.#asking) {
      if (!asking.question.answered(id)) continue;
      const pauseMs = this.#withinMs(watch);
      watch.seen = { state, addresses, reason };
      if (state === 'closed') this.#ask(watch, asking, asking.askedAt + pauseMs);
      if (state === 'listening' && addresses.length > 0 && addresses.every(isLoopback))
        this.#warn(watch, addresses);
    }
  }

  /** A session that was not met when the watch began knows nothing of what was started for it. */
  #isAskable({ session }: PortWatch): boolean {
    const { presence } = this.#options;
    const isSame = session === undefined || session === presence.session;
    return presence.state === 'alive' && isSame && presence.info?.accepts.includes('probe') === true;
  }

  #ask(watch: PortWatch, { question }: Asking, at: number): void {
    const id = this.#options.settings.createId();
    const args = ['tcp', String(watch.port), String(this.#withinMs(watch))];
    question.begin({ id, verb: '_probe', args }, at);
  }

  /** How long the agent may take to say that nothing listens: the first time none, so that it is known soon. */
  #withinMs({ seen }: PortWatch): number {
    return seen ? this.#options.settings.askEveryMs : 0;
  }

  #warn({ port }: PortWatch, addresses: readonly string[]): void {
    const { node, emit } = this.#options;
    const message = `TCP port ${port} listens on ${addresses.join(', ')} only: no other machine reaches it`;
    emit({ kind: 'event', event: { type: 'warning-given', node, message } });
  }
}
