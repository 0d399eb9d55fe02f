import { type Finding, type ProbeFinding, toFinding } from '../probe/index.ts';
import type { SurveyedNode } from '../run/index.ts';

/** What was found out about the broker by topics of our own, in the light of the agents that answer over it. */
export function judgeBroker(
  broker: string,
  probed: readonly ProbeFinding[],
  nodes: readonly Pick<SurveyedNode, 'state'>[],
): readonly Finding[] {
  const reached = { subject: 'broker', check: 'reachable', title: 'reachable from here' } as const;
  const isProven = nodes.some(({ state }) => state === 'alive');
  const findings = probed.map((probe) => (isProven ? milder(toFinding(probe)) : toFinding(probe)));
  return [{ ...reached, outcome: 'works', detail: broker }, ...findings];
}

/** Where agents answer, it may just be that this user may write and read nothing but what a run needs. */
function milder(finding: Finding): Finding {
  if (finding.outcome !== 'fails') return finding;
  return { ...finding, outcome: 'warning', detail: `${finding.detail}; but agents answer` };
}
