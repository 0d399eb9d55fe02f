import type { NodeState, RunEvent, RunView } from '../events/index.ts';
import type { Line } from './line.ts';
import { withReason } from './phrases.ts';
import type { Style } from './style.ts';

type NodeChanged = Extract<RunEvent, { type: 'node-changed' }>;

/** Changes of a node's presence that endanger the run, and their end; the rest is business as usual. */
export function describeNodeTrouble(style: Style, view: RunView, event: NodeChanged): readonly Line[] {
  const before = view.nodes.get(event.node)?.state ?? 'unknown';
  const node = style.node(event.node);
  switch (event.state) {
    case 'lost':
      return [{ mark: 'failed', text: withReason(`${node} is lost`, event.detail) }];
    case 'reconnecting':
      return [{ mark: 'warning', text: withReason(`${node} is reconnecting`, event.detail) }];
    case 'legacy':
      return [{ mark: 'note', text: withReason(`${node} is a legacy agent`, event.detail) }];
    case 'alive':
      if (NOT_MET.has(before)) return [];
      return [{ mark: 'note', text: withReason(node, event.detail || 'it is back') }];
    case 'unknown':
    case 'silent':
    case 'terminated':
      return [];
  }
}

/** Before the first meeting. A node is silent until its first answer: that it stays so is for the waits to say. */
const NOT_MET: ReadonlySet<NodeState> = new Set<NodeState>(['unknown', 'silent', 'legacy']);
