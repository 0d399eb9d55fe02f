import type { ProbeFinding } from './probe.ts';

/** Something that was looked up, and what came of it. */
export interface Finding {
  /** Whose: `broker`, the name of a node, … */
  readonly subject: string;
  /** For programs. */
  readonly check: string;
  /** For people. */
  readonly title: string;
  /**
   * information: good to know, and neither good nor bad. skipped: it could not be looked up, `detail` says why.
   */
  readonly outcome: 'works' | 'fails' | 'warning' | 'information' | 'skipped';
  readonly detail: string;
  /** What can be done. */
  readonly remedy?: string;
}

/** What became of a probe, for whoever need not know how important it was. */
export function toFinding(finding: ProbeFinding): Finding {
  const { probe, title, detail, remedy } = finding;
  const about = { subject: 'broker', check: probe, title, outcome: outcomeOf(finding), detail };
  return remedy === undefined ? about : { ...about, remedy };
}

function outcomeOf({ importance, outcome }: ProbeFinding): Finding['outcome'] {
  if (outcome === 'skipped') return 'skipped';
  if (importance === 'information') return 'information';
  if (outcome === 'works') return 'works';
  return importance === 'needed' ? 'fails' : 'warning';
}
