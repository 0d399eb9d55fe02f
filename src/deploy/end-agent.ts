import type { NodeName } from '../protocol/index.ts';
import { inUse } from './deploy-agent.ts';
import type { Ended, FarWork } from './far-work.ts';
import { HostFailure, type HostOutcome } from './model.ts';
import type { NodeWatch } from './node-watch.ts';

/** stop: it ends, and may be started again · uninstall: its service is taken away, too · remove: nothing is left. */
export type EndHow = 'stop' | 'uninstall' | 'remove';

export interface EndTools {
  readonly work: FarWork;
  /** Undefined: the broker cannot be reached. */
  readonly nodes: NodeWatch | undefined;
  readonly dryRun: boolean;
  /** Also when a run holds the node. */
  readonly takeOver: boolean;
  readonly onProgress: (what: string) => void;
}

/**
 * Ends the agent of a node as TERMINATE does, whoever has started it.
 * @throws HostFailure
 */
export async function endAgent(
  node: NodeName,
  how: EndHow,
  { work, nodes, dryRun, takeOver, onProgress }: EndTools,
): Promise<HostOutcome> {
  onProgress('looking');
  const facts = await work.look('agent');
  const problem = facts.agent && nodes && !takeOver ? inUse(node, nodes) : undefined;
  if (problem) throw new HostFailure(problem);
  const hasService = facts.serviceSum !== undefined;
  if (!facts.agent && !hasService && !facts.hasFolder) {
    if (how === 'remove' && !dryRun) await clearDeadInfo(node, nodes);
    return { kind: 'unchanged', detail: 'nothing is there', notes: [] };
  }
  if (dryRun) {
    const parts = [
      ...(facts.agent ? [`stop its agent (process ${facts.agent.pid})`] : []),
      ...(hasService && how !== 'stop' ? ['take away its service'] : []),
      ...(how === 'remove' ? [`remove ${facts.folder}`] : []),
    ];
    return {
      kind: 'planned',
      detail: parts.length > 0 ? `would ${parts.join('; ')}` : 'nothing to do',
      notes: [],
    };
  }
  onProgress(how === 'remove' ? 'removing' : 'stopping');
  const ended = await work.end(how);
  if (ended.wasKilled || how === 'remove') await clearDeadInfo(node, nodes, ended.stopped);
  const notes =
    how === 'stop' && hasService
      ? ['its service starts it again when the host starts; --uninstall-service takes that away']
      : [];
  return { kind: 'ended', detail: describeEnd(ended), notes };
}

function describeEnd({ stopped, wasKilled, isServiceGone, isFolderGone }: Ended): string {
  const parts = [
    stopped === undefined ? 'it did not run' : wasKilled ? 'killed, since it did not end' : 'stopped',
    ...(isServiceGone ? ['its service is gone'] : []),
    ...(isFolderGone ? ['its folder is removed'] : []),
  ];
  return parts.join('; ');
}

/** Whoever is alive under that name, wherever, keeps it. */
async function clearDeadInfo(node: NodeName, nodes: NodeWatch | undefined, ended?: string): Promise<void> {
  if (!nodes) return;
  const { state, session } = nodes.standingOf(node);
  if (state === 'unknown' || state === 'terminated') return;
  if (state === 'alive' && session !== ended) return;
  await nodes.clearInfo(node);
}
