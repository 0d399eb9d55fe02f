import type { Clock, Dispose } from '../../base/index.ts';
import type { NodeName } from '../../protocol/index.ts';

/** Each node once, within this time. */
export interface Round {
  readonly nodes: readonly NodeName[];
  readonly lengthMs: number;
}

interface PacerOptions {
  readonly clock: Clock;
  /** Numbers from 0 up to, not including, 1. */
  readonly random: () => number;
  /** Undefined: there is nothing to do until `begin` is called. */
  readonly plan: () => Round | undefined;
  readonly onTurn: (node: NodeName) => void;
}

/** How much of a node's part of the round the instant may be anywhere in: so that nothing else keeps step with it. */
const LEEWAY = 0.6;

/** Gives nodes their turn one by one, evenly over a round: never two in one tick of the event loop. */
export class Pacer {
  readonly #options: PacerOptions;
  #stopTimer: Dispose = () => {};
  #isRunning = false;

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Begins a new round, whatever is left of the one under way. */
  begin(): void {
    const { clock, plan } = this.#options;
    this.#stopTimer();
    const round = plan();
    this.#isRunning = round !== undefined;
    if (round) this.#turn(round, 0, clock.now());
  }

  stop(): void {
    this.#stopTimer();
    this.#isRunning = false;
  }

  #turn({ nodes, lengthMs }: Round, index: number, beganAt: number): void {
    const { clock, random, onTurn } = this.#options;
    const node = nodes[index];
    const part = node === undefined ? 1 : (index + 0.5 + LEEWAY * (random() - 0.5)) / nodes.length;
    this.#stopTimer = clock.setTimer(beganAt + part * lengthMs - clock.now(), () => {
      if (node === undefined) {
        this.begin();
        return;
      }
      onTurn(node);
      this.#turn({ nodes, lengthMs }, index + 1, beganAt);
    });
  }
}
