import type { CommandEnvelope } from '../../protocol/index.ts';
import type { Moment } from './agent-port.ts';
import type { CommandBook } from './command-book.ts';
import { type LeaseHolder, type LeaseRequest, parseLeaseRequest } from './lease-holder.ts';
import type { Voice } from './voice.ts';
import type { WorkBook } from './work-book.ts';

interface LeaseDeskOptions {
  readonly lease: LeaseHolder;
  readonly book: CommandBook;
  readonly work: WorkBook;
  readonly voice: Voice;
  /** Stops the work of the run before; `workStopped` is called when that is done. */
  readonly stopWork: (by: string, why: string, now: Moment) => void;
  /** Stops what a run has left behind that ended otherwise than well. */
  readonly stopRest: (now: Moment) => void;
}

interface TakeOver {
  readonly id: string;
  readonly request: LeaseRequest;
}

/** Answers runs that want this node or give it back, each message once. */
export class LeaseDesk {
  readonly #options: LeaseDeskOptions;
  /** Has the lease already, so that the former run can start nothing more, and is told when its work has ended. */
  #takeOver: TakeOver | undefined;

  constructor(options: LeaseDeskOptions) {
    this.#options = options;
  }

  request({ id, run, args }: CommandEnvelope, now: Moment): void {
    const { book, lease } = this.#options;
    book.begin(id);
    const request = parseLeaseRequest(run, args);
    if (!request) {
      this.#refuse(id, run, 'invalid', '_lease needs a run, an owner and milliseconds to live', now);
    } else if (!lease.isFreeFor(request.run) && !request.takeOver) {
      this.#refuse(id, run, 'busy', lease.describe(), now);
    } else if (this.#takeOver !== undefined || !lease.isFreeFor(request.run)) {
      this.#begin({ id, request }, now);
    } else {
      lease.grant(request, now);
      this.#accept(id, run, now);
    }
  }

  release({ id, run, args: [mode] }: CommandEnvelope, now: Moment): void {
    const { book, lease, stopRest } = this.#options;
    book.begin(id);
    const isHolder = run !== undefined && lease.run === run;
    this.giveBack(run, now);
    if (isHolder && mode === 'stop') stopRest(now);
    this.#accept(id, run, now);
  }

  /** As `release`, where nobody awaits an answer. */
  giveBack(run: string | undefined, now: Moment): void {
    const { lease, work } = this.#options;
    if (run !== undefined && lease.run === run) work.released(run, now);
    lease.release(run);
    if (this.#takeOver?.request.run === run) this.#giveUp('the run gave it back', now);
  }

  /** A run that waits for the node does not lose it meanwhile. */
  keepTime(now: Moment): void {
    if (this.#takeOver) this.#options.lease.renew(this.#takeOver.request.run, now);
  }

  workStopped(now: Moment): void {
    if (!this.#takeOver) return;
    const { id, request } = this.#takeOver;
    this.#takeOver = undefined;
    this.#accept(id, request.run, now);
  }

  #begin(takeOver: TakeOver, now: Moment): void {
    const { lease, stopWork } = this.#options;
    const isFirst = this.#takeOver === undefined;
    const former = lease.describe();
    lease.grant(takeOver.request, now);
    this.#giveUp(lease.describe(), now);
    this.#takeOver = takeOver;
    const { owner } = takeOver.request;
    if (isFirst) stopWork(owner, `taken over by ${owner}; it was ${former}`, now);
  }

  #giveUp(why: string, now: Moment): void {
    if (this.#takeOver) this.#refuse(this.#takeOver.id, this.#takeOver.request.run, 'busy', why, now);
    this.#takeOver = undefined;
  }

  #accept(id: string, run: string | undefined, now: Moment): void {
    this.#options.voice.acknowledge({ id, run }, now.mono);
    this.#options.book.end(id, now.mono);
  }

  #refuse(id: string, run: string | undefined, refusal: 'busy' | 'invalid', why: string, now: Moment): void {
    this.#options.voice.refuse({ id, run }, refusal, why, now.mono);
    this.#options.book.end(id, now.mono);
  }
}
