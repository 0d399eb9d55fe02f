import { doneStatus } from './status.ts';

/** How a run loses a node: it was not heard of for too long, or somebody else took the node over. */
export const RUN_LOST = ['lease-lost', 'taken-over'] as const;

/** Why a run's work was stopped by the agent itself, and who wanted that. */
export interface NodeLoss {
  readonly because: (typeof RUN_LOST)[number];
  readonly by?: string;
}

/** `STOPPED lease-lost`, `STOPPED taken-over by bob@lab` */
export function formatNodeLoss({ because, by }: NodeLoss): string {
  const words = `${doneStatus('STOP')} ${because}`;
  return by === undefined ? words : `${words} by ${by}`;
}

/** Undefined when the status says something else. */
export function parseNodeLoss(status: string): NodeLoss | undefined {
  const [stopped, reason, preposition, ...rest] = status.trim().split(/\s+/);
  const because = RUN_LOST.find((each) => each === reason);
  if (stopped !== doneStatus('STOP') || because === undefined) return undefined;
  return preposition === 'by' && rest.length > 0 ? { because, by: rest.join(' ') } : { because };
}
