import type { Finding } from '../../probe/index.ts';
import type { Inspection } from '../../protocol/index.ts';
import type { SurveyedNode } from '../../run/index.ts';
import type { ClockEstimate } from '../../sync/index.ts';
import type { NodeNeeds } from '../needs.ts';

/** A SYNC that a node takes part in. */
export interface NodeSync {
  readonly line: number;
  readonly maxSkewMs: number | undefined;
  /** Of all that are in it, as far as they are known. */
  readonly clocks: readonly ClockEstimate[];
}

/** All that is known of a node, and what is needed of it. */
export interface NodeFacts {
  readonly node: SurveyedNode;
  /** Undefined without a playbook, or where it sends the node nothing. */
  readonly needs: NodeNeeds | undefined;
  readonly syncs: readonly NodeSync[];
  /** The version of this program. */
  readonly version: string;
}

export type Judged = Pick<Finding, 'outcome' | 'detail' | 'remedy'> & {
  /** Default: that of the check. */
  readonly title?: string;
};

/** One thing that is looked at on every node: a row for each finding. */
export interface NodeCheck {
  /** For programs. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly judge: (facts: NodeFacts) => readonly Judged[];
}

/** For a check that only the agent's look at its machine can answer. */
export function judgeInspection(
  judge: (inspection: Inspection, facts: NodeFacts) => readonly Judged[],
): NodeCheck['judge'] {
  return (facts) => {
    const { inspection } = facts.node;
    return 'unknown' in inspection ? [skipped(inspection.unknown)] : judge(inspection, facts);
  };
}

export function works(detail: string, title?: string): Judged {
  return { outcome: 'works', detail, ...(title !== undefined && { title }) };
}

export function fails(detail: string, remedy: string, title?: string): Judged {
  return { outcome: 'fails', detail, remedy, ...(title !== undefined && { title }) };
}

export function warning(detail: string, remedy: string, title?: string): Judged {
  return { outcome: 'warning', detail, remedy, ...(title !== undefined && { title }) };
}

/** @param why as the end of a sentence */
export function skipped(why: string, title?: string): Judged {
  return { outcome: 'skipped', detail: why, ...(title !== undefined && { title }) };
}
