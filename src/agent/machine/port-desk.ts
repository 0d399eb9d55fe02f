import type { Listeners } from '../../process/index.ts';
import type { ReplyOf } from '../../protocol/index.ts';
import type { AgentEffect, Moment } from './agent-port.ts';
import type { Voice } from './voice.ts';

interface PortDeskOptions {
  readonly voice: Voice;
  readonly emit: (effect: AgentEffect) => void;
}

/** A question under way. */
interface Probe {
  readonly port: number;
  /** By then it is answered in any case. */
  readonly until: number;
}

type Seen = Pick<ReplyOf<'probed'>, 'state' | 'addresses' | 'reason'>;

/** So long after a look comes the next. */
const LOOK_EVERY_MS = 50;
/** Where looking takes long, it must not take more of the machine than a tenth. */
const PAUSE_PER_LOOK = 9;
/** A question is answered within this time, whatever it says. */
const LONGEST_MS = 1000;
/** More questions at a time are ignored: whoever asked asks again. */
const MOST_PROBES = 100;
/** More addresses of one port are not told. */
const MOST_ADDRESSES = 16;

const USAGE = 'this agent answers for tcp, a port from 1 to 65535 and a number of milliseconds';

/** Answers whether something listens on a port of this machine: as soon as it does, or when the question's time is over. */
export class PortDesk {
  readonly #options: PortDeskOptions;
  readonly #probes = new Map<string, Probe>();
  /** When to look next, and since when an answer to the last look is awaited. */
  #lookAt = 0;
  #lookingSince: number | undefined;

  constructor(options: PortDeskOptions) {
    this.#options = options;
  }

  /** When it is time to look. */
  get deadline(): number {
    if (this.#probes.size === 0 || this.#lookingSince !== undefined) return Number.POSITIVE_INFINITY;
    return Math.min(this.#lookAt, ...[...this.#probes.values()].map(({ until }) => until));
  }

  /** `_probe tcp <port> <ms>` */
  probe(id: string, args: readonly string[], now: Moment): void {
    const [protocol, portText = '', withinText = ''] = args;
    const port = /^\d{1,5}$/.test(portText) ? Number(portText) : 0;
    if (protocol !== 'tcp' || port < 1 || port > 65_535 || !/^\d{1,9}$/.test(withinText)) {
      this.#answer(id, { state: 'unknown', reason: USAGE });
      return;
    }
    if (!this.#probes.has(id) && this.#probes.size >= MOST_PROBES) return;
    this.#probes.set(id, { port, until: now.mono + Math.min(Number(withinText), LONGEST_MS) });
    // A new question need not wait for the time of the next look.
    this.#lookAt = Math.min(this.#lookAt, now.mono);
    this.keepTime(now);
  }

  found(found: Listeners, now: Moment): void {
    const tookMs = now.mono - (this.#lookingSince ?? now.mono);
    this.#lookingSince = undefined;
    this.#lookAt = now.mono + Math.max(LOOK_EVERY_MS, PAUSE_PER_LOOK * tookMs);
    for (const [id, { port, until }] of this.#probes) {
      const seen = look(found, port);
      if (seen.state !== 'closed' || until <= now.mono) this.#answer(id, seen);
    }
  }

  keepTime(now: Moment): void {
    if (this.deadline > now.mono) return;
    this.#lookingSince = now.mono;
    this.#options.emit({ kind: 'find-listeners' });
  }

  #answer(id: string, seen: Seen): void {
    this.#probes.delete(id);
    this.#options.voice.passing({ kind: 'probed', id, ...seen });
  }
}

function look(found: Listeners, port: number): Seen {
  if (found.kind === 'unknown') return { state: 'unknown', reason: found.reason };
  const addresses = found.listeners
    .filter((listener) => listener.port === port)
    .map(({ address }) => address);
  if (addresses.length === 0) return { state: 'closed' };
  return { state: 'listening', addresses: [...new Set(addresses)].slice(0, MOST_ADDRESSES) };
}
