import type { Bench } from './bench.ts';

/**
 * needed: without it nothing can be relied on. wanted: runs go well without it, but slower, or not with many nodes.
 * information: of no use to us, and good to know of a broker.
 */
export type Importance = 'needed' | 'wanted' | 'information';

/** One question to a broker, answered by what it delivers. */
export interface Probe {
  /** For programs. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly importance: Importance;
  /** When it does not work, all that follows would be silence too. */
  readonly isPrerequisite?: true;
  /** A broker that has not answered by then will not. */
  readonly limitMs: number;
  /** What can be done where it does not work. */
  readonly remedy?: string;
  readonly run: (bench: Bench) => Promise<ProbeResult>;
}

export interface ProbeResult {
  readonly works: boolean;
  /** What was seen. */
  readonly detail: string;
}

/** What became of a probe. skipped: what it builds on does not work. */
export interface ProbeFinding {
  readonly probe: string;
  readonly title: string;
  readonly importance: Importance;
  readonly outcome: 'works' | 'fails' | 'skipped';
  readonly detail: string;
  readonly remedy?: string;
}
