import type { Clock, Dispose } from '../../base/index.ts';
import type { ProcessTable } from '../../process/index.ts';
import type { Beginning } from './beginning.ts';
import { type ClockTie, tieClocks, toMonotonic } from './clock-tie.ts';
import type { ControlMessage } from './control-decoder.ts';
import { isCrowded } from './crowd.ts';
import { RELEASE, TAKE_BACK } from './framing.ts';
import type { FunctionOutcome, FunctionStart } from './shell.ts';
import type { ShellHome } from './shell-home.ts';
import type { ShellProcess } from './shell-process.ts';

/** A function does not begin later than this after its instant. */
export const LATEST_MS = 250;
/** For so long at most the shell looks at the clock all the time. */
const SPIN_MS = 0.5;
/** When the shell's stamp is read: when all of a machine's functions have begun. */
const READ_AFTER_MS = 100;
/** From the latest moment on, a shell that still waits is given so long to say that it is too late. */
const GRACE_MS = 100;
/** Where the agent waits for the shell: how long before the instant this thread stands still, and spins. */
const STAND_STILL_MS = 3;
const STAND_AND_SPIN_MS = 0.2;

interface TimedBeginningOptions {
  readonly commandId: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly home: ShellHome;
  readonly shell: ShellProcess;
  readonly table: ProcessTable;
  readonly clock: Clock;
  /** Aborted to take the call back. */
  readonly takeBack: AbortSignal;
  readonly onStart: (start: FunctionStart) => void;
}

/**
 * A function that begins at an instant. The shell waits by itself: one process to wake instead of two. It knows the wall
 * clock only, which is tied to the monotonic one before and after: what lies between shows in the uncertainty. A shell
 * that cannot tell the time is released from here.
 */
export class TimedBeginning implements Beginning {
  readonly words: Beginning['words'];
  readonly end: Promise<ControlMessage | undefined>;
  readonly #options: TimedBeginningOptions;
  readonly #tie: ClockTie;
  readonly #tellToStay = (): void => this.#options.shell.answer(TAKE_BACK);
  #stopTimer: Dispose = () => {};
  #start: FunctionStart | undefined;

  constructor(options: TimedBeginningOptions) {
    const { commandId, at, home, table, clock } = options;
    this.#options = options;
    this.#tie = tieClocks(clock, clock);
    const spinMs = isCrowded(table, clock) ? 0 : SPIN_MS;
    const wallMs = at + this.#tie.high;
    this.words = [microseconds(wallMs), microseconds(wallMs + LATEST_MS), microseconds(spinMs)];
    options.takeBack.addEventListener('abort', this.#tellToStay, { once: true });
    this.end = home.control.next('waiting', commandId).then((waiting) => this.#taken(waiting));
  }

  whyNot(): FunctionOutcome['unbegun'] {
    if (this.#options.takeBack.aborted) return 'cancelled';
    return this.#isTooLate ? 'late' : undefined;
  }

  finish(): boolean {
    this.#stopTimer();
    this.#options.takeBack.removeEventListener('abort', this.#tellToStay);
    this.#readStamp();
    return this.#start !== undefined;
  }

  get #isTooLate(): boolean {
    const { clock, at } = this.#options;
    return clock.now() > at + LATEST_MS;
  }

  async #taken(waiting: ControlMessage | undefined): Promise<ControlMessage | undefined> {
    const { home, commandId } = this.#options;
    if (waiting?.text === 'agent') await this.#release();
    else if (waiting) this.#readStampLater();
    return waiting && home.control.next('end', commandId);
  }

  #readStampLater(): void {
    const { clock, at } = this.#options;
    const inMs = Math.max(at - clock.now(), 0) + READ_AFTER_MS;
    this.#stopTimer = clock.setTimer(inMs, () => {
      this.#readStamp();
      if (this.#start) return;
      // The wall clock was set back: it would wait for a long time.
      if (clock.now() > at + LATEST_MS + GRACE_MS) this.#tellToStay();
      else this.#readStampLater();
    });
  }

  #readStamp(): void {
    const { home, clock, at, commandId } = this.#options;
    const stamp = this.#start ? undefined : home.starts.take(commandId);
    if (stamp === undefined) return;
    const ties = [this.#tie, tieClocks(clock, clock, at)];
    const { at: startedMs, uncertaintyMs } = toMonotonic(stamp / 1000, ties);
    this.#began({ startedMs, uncertaintyMs, stampedBy: 'shell' });
  }

  #began(start: FunctionStart): void {
    this.#start = start;
    this.#options.onStart(start);
  }

  async #release(): Promise<void> {
    const { clock, at, shell, home, commandId, takeBack } = this.#options;
    await this.#until(at - STAND_STILL_MS);
    if (takeBack.aborted || !shell.isAlive()) return;
    if (this.#isTooLate) {
      this.#tellToStay();
      return;
    }
    standStillUntil(at, clock);
    const earliest = clock.now();
    shell.answer(RELEASE);
    if (!(await home.control.next('begun', commandId))) return;
    const latest = clock.now();
    const uncertaintyMs = (latest - earliest) / 2;
    this.#began({ startedMs: earliest + uncertaintyMs, uncertaintyMs, stampedBy: 'agent' });
  }

  /** Or until there is nothing to wait for any more. */
  async #until(moment: number): Promise<void> {
    const { clock, shell, takeBack } = this.#options;
    await new Promise<void>((resolve) => {
      this.#stopTimer = clock.setTimer(moment - clock.now(), resolve);
      takeBack.addEventListener('abort', () => resolve(), { once: true });
      void shell.ended.then(() => resolve());
    });
    this.#stopTimer();
  }
}

function microseconds(ms: number): string {
  return String(Math.ceil(ms * 1000));
}

/** A timer is not exact enough. This is, but the whole agent stands still meanwhile. */
function standStillUntil(moment: number, clock: Clock): void {
  const restMs = moment - STAND_AND_SPIN_MS - clock.now();
  if (restMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, restMs);
  while (clock.now() < moment);
}
