import { type Clock, type Dispose, errorMessage, type Logger } from '../../base/index.ts';
import type { AgentMessage, ControlChannel } from '../../channel/index.ts';
import type { NodeName } from '../../protocol/index.ts';
import { type ClockEstimate, pingIntervalMs } from '../../sync/index.ts';
import type { NodeMachine } from '../node/node-machine.ts';
import { PROGRESS_EVERY_MS, type WaitProgress } from '../wait-progress.ts';
import { Calibration } from './calibration.ts';
import { NodeClock } from './node-clock.ts';
import { Pacer, type Round } from './pacer.ts';

interface FleetClocksOptions {
  readonly channel: Pick<ControlChannel, 'connected' | 'ping'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly createId: () => string;
  /** Numbers from 0 up to, not including, 1: so that pings keep step with nothing. */
  readonly random: () => number;
  readonly nodeOf: (node: NodeName) => Pick<NodeMachine, 'state' | 'session' | 'reason' | 'readsTextOnly'>;
}

export interface CalibrateOptions {
  /** What their starts may differ by: a small one asks for more pings. */
  readonly maxSkewMs?: number | undefined;
  /** Then what is known by then has to do. */
  readonly limitMs?: number;
  readonly signal: AbortSignal;
  readonly reportProgress?: (progress: WaitProgress) => void;
}

/** How long clocks are measured at most, unless somebody says otherwise; then what is known of them has to do. */
export const CALIBRATION_LIMIT_MS = 10_000;
/** Between two pings to a node whose clock is only kept, and of all of them together. */
const KEEP_EVERY_MS = 1000;
const LEAST_BETWEEN_KEPT_MS = 20;

/** The clocks of a run's nodes: pings them, one at a time, and knows what the pongs tell. */
export class FleetClocks {
  readonly #options: FleetClocksOptions;
  readonly #clocks = new Map<NodeName, NodeClock>();
  readonly #kept = new Set<readonly NodeName[]>();
  readonly #calibrations = new Set<Calibration>();
  readonly #pacer: Pacer;
  #holds = 0;

  constructor(options: FleetClocksOptions) {
    this.#options = options;
    this.#pacer = new Pacer({
      ...options,
      plan: () => this.#plan(),
      onTurn: (node) => this.#ping(node),
    });
  }

  /** How many things are remembered: bounded, however long a run lasts. */
  get size(): number {
    return [...this.#clocks.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Undefined while the clock of the node's live session is not known.
   * @param at a time of the control machine's monotonic clock; default: now
   */
  of(node: NodeName, at: number = this.#options.clock.now()): ClockEstimate | undefined {
    return this.#current(node)?.estimate(at);
  }

  /** Pings these nodes now and then from now on, so that their clocks are roughly known when that matters. */
  keep(nodes: readonly NodeName[]): Dispose {
    this.#kept.add(nodes);
    if (!this.#pacer.isRunning) this.#pacer.begin();
    return () => this.#kept.delete(nodes);
  }

  /** No ping goes out until it is disposed of: at the instant of a start they would be in its way. */
  hold(): Dispose {
    this.#pacer.stop();
    this.#holds += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds -= 1;
      if (this.#holds === 0) this.#pacer.begin();
    };
  }

  /**
   * Resolves when every node's clock is known well enough, or the time is over; nobody is waited for who is lost or
   * cannot be asked. Whose clock is unknown then stays unknown.
   */
  calibrate(nodes: readonly NodeName[], options: CalibrateOptions): Promise<void> {
    const { clock } = this.#options;
    const { maxSkewMs, limitMs = CALIBRATION_LIMIT_MS, signal, reportProgress = () => {} } = options;
    const since = clock.now();
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const cleanUps: Dispose[] = [];
      const settle = (finish: () => void): void => {
        for (const cleanUp of cleanUps.splice(0)) cleanUp();
        finish();
      };
      const calibration = new Calibration({
        nodes,
        maxSkewMs,
        nodeOf: this.#options.nodeOf,
        estimateOf: (node) => this.#current(node)?.recent(clock.now()),
        onDone: () => settle(resolve),
      });
      const tellProgress = (): void => {
        reportProgress(calibration.progress(clock.now() - since, limitMs));
        stopTelling = clock.setTimer(PROGRESS_EVERY_MS, tellProgress);
      };
      let stopTelling = clock.setTimer(PROGRESS_EVERY_MS, tellProgress);
      const onAbort = (): void => settle(() => reject(signal.reason));
      signal.addEventListener('abort', onAbort);
      this.#calibrations.add(calibration);
      cleanUps.push(
        () => this.#calibrations.delete(calibration),
        () => signal.removeEventListener('abort', onAbort),
        () => stopTelling(),
        clock.setTimer(limitMs, () => settle(resolve)),
      );
      calibration.lookAgain();
      if (cleanUps.length > 0) this.#pacer.begin();
    });
  }

  /** A ping that goes out anyway: its pong counts, too. */
  pinged(node: NodeName, id: string): void {
    this.#clockOf(node).pinged(id, this.#options.clock.now());
  }

  /** To be called when the node itself has heard it, so that it is known whose session lives. */
  hear(node: NodeName, { reply, receivedAt }: Extract<AgentMessage, { kind: 'reply' }>): void {
    if (reply.kind !== 'pong' || reply.session !== this.#options.nodeOf(node).session) return;
    if (this.#clocks.get(node)?.hear(reply, receivedAt)) this.look(node);
  }

  /** The node is there, or gone. */
  look(node: NodeName): void {
    for (const calibration of [...this.#calibrations]) calibration.look(node);
  }

  /** The control machine's own clock has jumped. */
  forgetAll(): void {
    for (const clock of this.#clocks.values()) clock.forget();
    for (const calibration of [...this.#calibrations]) calibration.lookAgain();
  }

  /** It no longer belongs to the run. */
  drop(node: NodeName): void {
    this.#clocks.delete(node);
  }

  /** Whatever is disposed of later, no ping goes out any more. */
  close(): void {
    this.#kept.clear();
    this.#calibrations.clear();
    this.#pacer.stop();
  }

  #current(node: NodeName): NodeClock | undefined {
    const clock = this.#clocks.get(node);
    return clock?.session === this.#options.nodeOf(node).session ? clock : undefined;
  }

  #clockOf(node: NodeName): NodeClock {
    let clock = this.#clocks.get(node);
    if (!clock) {
      clock = new NodeClock();
      this.#clocks.set(node, clock);
    }
    return clock;
  }

  /** Who is measured has a turn in each round, whoever is only kept when it is time again. */
  #plan(): Round | undefined {
    const calibrations = [...this.#calibrations];
    const all = [...new Set([...calibrations.flatMap(({ nodes }) => nodes), ...[...this.#kept].flat()])];
    if (all.length === 0 || this.#holds > 0) return undefined;
    const now = this.#options.clock.now();
    const measured = new Set(all.filter((node) => calibrations.some((each) => each.needs(node))));
    const keepEveryMs = Math.max(KEEP_EVERY_MS, all.length * LEAST_BETWEEN_KEPT_MS);
    const lengthMs =
      calibrations.length === 0 ? keepEveryMs : pingIntervalMs({ nodes: measured.size, jitterMs: 0 });
    const nodes = all.filter((node, index) => {
      const { jitterMs = 0 } = this.#clockOf(node).recent(now) ?? {};
      const everyMs = measured.has(node) ? pingIntervalMs({ nodes: 1, jitterMs }) : keepEveryMs;
      const turnAt = now + ((index + 0.5) / all.length) * lengthMs;
      return this.#canBePinged(node) && turnAt - this.#clockOf(node).pingedAt >= everyMs - lengthMs / 2;
    });
    return { nodes, lengthMs: Math.max(lengthMs, pingIntervalMs({ nodes: nodes.length, jitterMs: 0 })) };
  }

  #canBePinged(node: NodeName): boolean {
    const { channel, nodeOf } = this.#options;
    const { state, readsTextOnly } = nodeOf(node);
    return channel.connected && state === 'alive' && !readsTextOnly;
  }

  #ping(node: NodeName): void {
    const { channel, createId, logger } = this.#options;
    if (!this.#canBePinged(node)) return;
    const id = createId();
    this.pinged(node, id);
    channel
      .ping(node, id)
      .catch((thrown: unknown) => logger.debug(`could not ping: ${errorMessage(thrown)}`));
  }
}
