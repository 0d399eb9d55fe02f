import { type NodeProblem, type Verdict, worstVerdict } from '../events/index.ts';
import type { NodeName } from '../protocol/index.ts';
import type { Judgement } from './node/judgement.ts';
import type { StepContext, StepOutcome } from './step-context.ts';
import { PROGRESS_EVERY_MS } from './wait-progress.ts';

/** Of many nodes that nobody answers for, all run out of time within such a moment; one run is to name them all. */
const LAST_MOMENT_MS = 20;

/**
 * Waits until every node is judged `met`. Ends at the first hopeless node, at the time-out, or when aborted. Each node
 * is judged once, and again only when something about it changed; not once it is `met`, unless that may cease.
 *
 * @param timeoutMs 0: for ever
 */
export function waitForNodes(
  nodes: readonly NodeName[],
  judge: (node: NodeName) => Judgement,
  timeoutMs: number,
  context: Pick<StepContext, 'fleet' | 'clock' | 'reportProgress' | 'signal'>,
): Promise<StepOutcome> {
  const { fleet, clock, signal } = context;
  const since = clock.now();
  const missing = new Map<NodeName, string>();
  const satisfied = new Set<NodeName>();
  const settled = new Set<NodeName>();
  let isEnding = false;

  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const cleanUps: (() => void)[] = [];
    const settle = (finish: () => void): void => {
      for (const cleanUp of cleanUps.splice(0)) cleanUp();
      finish();
    };
    const end = (verdict: Verdict, problems: readonly NodeProblem[]): void =>
      settle(() => resolve({ verdict, problems }));

    const look = (node: NodeName): void => {
      const judgement = judge(node);
      if (judgement.kind === 'met') {
        missing.delete(node);
        satisfied.add(node);
        if (!judgement.mayCease) settled.add(node);
        if (missing.size === 0) end('passed', []);
        return;
      }
      missing.set(node, judgement.reason);
      satisfied.delete(node);
      if (judgement.kind === 'pending' || isEnding) return;
      isEnding = true;
      cleanUps.push(clock.setTimer(LAST_MOMENT_MS, giveUp));
    };

    const giveUp = (): void => {
      const { verdict, problems: hopeless } = hopelessAmong(missing.keys(), judge);
      isEnding = hopeless.length > 0;
      // Otherwise the word that was missing has come in the last moment.
      if (isEnding) end(verdict, hopeless);
    };

    /** Why it was in vain says more than that the time is over. */
    const timeOut = (): void => {
      giveUp();
      if (!isEnding) end('timed-out', problems());
    };

    const problems = (): NodeProblem[] => [...missing].map(([node, reason]) => ({ node, reason }));

    const isAsked = new Set(nodes);
    for (const node of nodes) missing.set(node, '');
    cleanUps.push(fleet.onChange((node) => isAsked.has(node) && !settled.has(node) && look(node)));
    const onAbort = (): void => settle(() => reject(signal.reason));
    signal.addEventListener('abort', onAbort);
    cleanUps.push(() => signal.removeEventListener('abort', onAbort));
    if (timeoutMs > 0) cleanUps.push(clock.setTimer(timeoutMs, timeOut));

    const tellProgress = (): void => {
      context.reportProgress({
        satisfied: [...satisfied],
        missing: problems(),
        waitedMs: clock.now() - since,
        timeoutMs,
      });
      stopTelling = clock.setTimer(PROGRESS_EVERY_MS, tellProgress);
    };
    let stopTelling = clock.setTimer(PROGRESS_EVERY_MS, tellProgress);
    cleanUps.push(() => stopTelling());

    for (const node of nodes) {
      if (cleanUps.length > 0) look(node);
    }
    if (nodes.length === 0) end('passed', []);
  });
}

/** Everyone for whom waiting is in vain by now, so that one run tells all. */
function hopelessAmong(nodes: Iterable<NodeName>, judge: (node: NodeName) => Judgement): StepOutcome {
  const verdicts: Verdict[] = [];
  const problems = new Map<NodeName, string>();
  for (const node of nodes) {
    const judgement = judge(node);
    if (judgement.kind !== 'hopeless') continue;
    verdicts.push(judgement.verdict);
    problems.set(node, judgement.reason);
  }
  return {
    verdict: worstVerdict(verdicts),
    problems: [...problems].map(([node, reason]) => ({ node, reason })),
  };
}
