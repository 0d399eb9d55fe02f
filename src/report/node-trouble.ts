import type { NodeState, RunEvent, RunView } from '../events/index.ts';
import type { Line } from './line.ts';
import { withReason } from './phrases.ts';
import type { Style } from './style.ts';

type NodeChanged = Extract<RunEvent, { type: 'node-changed' }>;

/** Changes of a node's presence that endanger the run, and their end; the rest is business as usual. */
export function describeNodeTrouble(style: Style, view: RunView, event: NodeChanged): readonly Line[] {
  const before = view.nodes.get(event.node)?.state ?? 'unknown';
  if (before === event.state) return [];
  const node = style.node(event.node);
  switch (event.state) {
    case 'lost':
      return [{ mark: 'failed', text: withReason(`${node} is lost`, event.detail) }];
    case 'silent':
      return [{ mark: 'warning', text: withReason(`${node} does not answer`, event.detail) }];
    case 'reconnecting':
      return [{ mark: 'warning', text: withReason(`${node} is reconnecting`, event.detail) }];
    case 'legacy':
      return [{ mark: 'note', text: withReason(`${node} is a legacy agent`, event.detail) }];
    case 'alive':
      return AWAY.has(before) ? [{ mark: 'note', text: withReason(`${node} is back`, event.detail) }] : [];
    case 'unknown':
    case 'terminated':
      return [];
  }
}

const AWAY: ReadonlySet<NodeState> = new Set<NodeState>(['silent', 'reconnecting', 'lost']);
