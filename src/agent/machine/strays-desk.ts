import type { ReplyOf, StrayList } from '../../protocol/index.ts';
import type { AgentEffect, Moment } from './agent-port.ts';
import type { LeaseHolder } from './lease-holder.ts';
import { endedBetween, type Found, listStrays, shortened, survivorsOf } from './stray-list.ts';
import type { TaskLine } from './task-line.ts';
import type { Voice } from './voice.ts';
import type { WorkBook } from './work-book.ts';

interface StraysDeskOptions {
  readonly initId: string;
  readonly lease: LeaseHolder;
  readonly line: TaskLine;
  readonly work: WorkBook;
  readonly voice: Voice;
  readonly emit: (effect: AgentEffect) => void;
  /** Begins to stop the work, and returns the id under which `workStopped` is called when that is done. */
  readonly stopWork: (why: string, now: Moment) => string;
}

/** A question under way. To stop, it looks, stops the work if there is some, ends what is of dead agents, looks again. */
type Request =
  | { readonly kind: 'list' }
  | { readonly kind: 'stop-looking' }
  | { readonly kind: 'stop-stopping'; readonly before: StrayList; readonly stopId: string }
  | { readonly kind: 'stop-ending'; readonly before: StrayList };

/** More questions at a time are ignored: whoever asked asks again. */
const MOST_REQUESTS = 100;
/** Answers to `_stop-strays` that are kept for whoever asks again. */
const MOST_ANSWERS = 16;

/** Answers what runs here although no run holds the node, and ends it when asked to. */
export class StraysDesk {
  readonly #options: StraysDeskOptions;
  readonly #requests = new Map<string, Request>();
  readonly #answers = new Map<string, Omit<ReplyOf<'strays'>, 'v' | 'session' | 'seq'>>();

  constructor(options: StraysDeskOptions) {
    this.#options = options;
  }

  list(id: string): void {
    this.#begin(id, { kind: 'list' });
  }

  stop(id: string): void {
    const answered = this.#answers.get(id);
    if (answered) this.#options.voice.passing(answered);
    else this.#begin(id, { kind: 'stop-looking' });
  }

  found(id: string, found: Found, now: Moment): void {
    const request = this.#requests.get(id);
    // The run that holds the node holds what runs there, whoever began it: it may count on it, and its STOP ends it.
    const isHeld = this.#options.lease.lease !== null;
    const list = this.#listOf(found, now);
    const strays = isHeld ? { ...list, work: [], unlisted: 0 } : list;
    switch (request?.kind) {
      case 'list':
        this.#answer(id, strays, undefined);
        return;
      case 'stop-looking':
        this.#looked(id, strays, now);
        return;
      case 'stop-ending':
        this.#answer(id, survivorsOf(request.before, list), endedBetween(request.before, list));
        return;
    }
  }

  workStopped(stopId: string): void {
    for (const [id, request] of this.#requests) {
      if (request.kind === 'stop-stopping' && request.stopId === stopId)
        this.#endLeftovers(id, request.before);
    }
  }

  #begin(id: string, request: Request): void {
    if (this.#requests.has(id) || this.#requests.size >= MOST_REQUESTS) return;
    this.#requests.set(id, request);
    this.#look(id, false);
  }

  #looked(id: string, before: StrayList, now: Moment): void {
    if (before.work.length === 0 && before.unlisted === 0) {
      this.#endLeftovers(id, before);
      return;
    }
    const stopId = this.#options.stopWork('no run holds this node: what runs here is stopped, as asked', now);
    this.#requests.set(id, { kind: 'stop-stopping', before, stopId });
  }

  #endLeftovers(id: string, before: StrayList): void {
    this.#requests.set(id, { kind: 'stop-ending', before });
    this.#look(id, true);
  }

  #look(id: string, endDead: boolean): void {
    const { initId, emit } = this.#options;
    emit({ kind: 'find-strays', id, kept: [initId], endDead });
  }

  #listOf(found: Found, now: Moment): StrayList {
    const { line, work } = this.#options;
    const { running, waiting } = line;
    const known = {
      running: running && work.describe(running.task, running.begunAt),
      waiting,
      find: (commandId: string) => work.find(commandId),
    };
    return listStrays(found, known, now.mono);
  }

  #answer(id: string, found: StrayList, ended: StrayList | undefined): void {
    const { lease, voice } = this.#options;
    this.#requests.delete(id);
    const reply = {
      kind: 'strays',
      id,
      lease: lease.lease,
      found: shortened(found),
      ...(ended && { ended: shortened(ended) }),
    } as const;
    voice.passing(reply);
    if (!ended) return;
    this.#answers.set(id, reply);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MOST_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
    this.#tellLeftovers(ended);
  }

  #tellLeftovers({ leftovers }: StrayList): void {
    const nodes = [...new Set(leftovers.map(({ node }) => node))];
    if (nodes.length === 0) return;
    const message = `ended, as asked, what killed agents had left: those of ${nodes.join(', ')}`;
    this.#options.emit({ kind: 'log', level: 'warn', message, isCausedByMessage: true });
  }
}
