import { formatDuration } from '../../base/index.ts';

/** Who was not there: the broker, so that nothing could be said to anybody, or the node alone. */
type Absentee = 'broker' | 'node';

interface Absence {
  readonly who: Absentee;
  readonly since: number;
}

/** How long broker and node were away, for whoever has to explain what came of it. */
export class Absences {
  #current: Absence | undefined;
  #last: { readonly who: Absentee; readonly tookMs: number; readonly until: number } | undefined;

  /** How things stand now; `who` is undefined while both are there. */
  observe(who: Absentee | undefined, now: number): void {
    if (who === this.#current?.who) return;
    if (this.#current) this.#end(this.#current, now);
    this.#current = who && { who, since: now };
  }

  /** `the broker was away for 6s`; of several, the longest of late. Undefined when none took so long. */
  describe(now: number, leastMs: number): string | undefined {
    const last = this.#last && now - this.#last.until <= RECENT_MS ? this.#last : undefined;
    const current = this.#current && { who: this.#current.who, tookMs: now - this.#current.since };
    const [longest] = [last, current]
      .filter((each) => each !== undefined && each.tookMs >= leastMs)
      .sort((a, b) => (b?.tookMs ?? 0) - (a?.tookMs ?? 0));
    return longest && `the ${longest.who} was away for ${formatDuration(longest.tookMs)}`;
  }

  #end({ who, since }: Absence, now: number): void {
    const tookMs = now - since;
    const isLonger = !this.#last || now - this.#last.until > RECENT_MS || tookMs >= this.#last.tookMs;
    if (isLonger) this.#last = { who, tookMs, until: now };
  }
}

/** What ended longer ago has nothing to do with what is heard now. */
const RECENT_MS = 30_000;
