import { formatDuration } from '../base/index.ts';
import type { RunEvent, RunView } from '../events/index.ts';
import type { Describe, Line } from './line.ts';
import { formatBytes, formatCount, formatNames, formatStepNumber, formatTitle } from './phrases.ts';
import type { Style } from './style.ts';
import { describeSync } from './sync-line.ts';

/** How a variable of the node begins that a message goes to. */
const OF_NODE = '${node.';

/** Longer names are not waited for by the lines of the others. */
const WIDEST_NAME = 20;

/** What goes as it should, for somebody who watches. */
export function createProgress(style: Style, view: RunView): Describe {
  let nameWidth = 0;
  /** The step shows what is written for all; each node gets its own. */
  let differs = false;
  const widenTo = (name: string): void => {
    nameWidth = Math.max(nameWidth, Math.min(name.length, WIDEST_NAME));
  };

  return (event) => {
    switch (event.type) {
      case 'run-started':
        return [
          {
            mark: 'none',
            text: `${style.strong(event.playbook)}: ${formatCount(event.steps.length, 'step')}, ${event.broker}`,
            details: [style.faint(`run ${event.runId} of ${event.owner}`)],
          },
        ];
      case 'nodes-resolved':
        for (const node of event.nodes) widenTo(node);
        return describeNodes(style, event.expression, event.nodes);
      case 'step-started':
        differs = event.step.text.includes(OF_NODE);
        return [];
      case 'command-sent':
        widenTo(event.node);
        return differs ? describeSent(style, event) : [];
      case 'node-changed':
        widenTo(event.node);
        return [];
      case 'output-received':
        widenTo(event.node);
        return describeOutput(style, event, nameWidth);
      case 'update-reported':
        return describeUpdate(style, event);
      case 'step-finished': {
        differs = false;
        if (event.verdict !== 'passed') return [];
        const number = formatStepNumber(event.step, view.steps.length);
        const took = style.faint(`(${formatDuration(event.tookMs)})`);
        return [{ mark: 'passed', text: `${number}  ${formatTitle(style, event.step.text)}  ${took}` }];
      }
      case 'file-received':
        if (event.outcome !== 'received') return [];
        return [
          {
            mark: 'note',
            text: `received ${event.file} (${formatBytes(event.bytes ?? 0)}) on port ${event.port}`,
          },
        ];
      case 'sync-measured':
        return event.verdict === 'passed' ? describeSync(style, event) : [];
      case 'clean-up-started':
        if (event.nodes.length === 0) return [];
        return [{ mark: 'note', text: `cleaning up on ${formatNames(style, event.nodes)}` }];
      default:
        return [];
    }
  };
}

/** `client1: 9.41 Gbit/s` */
export function describeUpdate(
  style: Style,
  { node, text }: Extract<RunEvent, { type: 'update-reported' }>,
): readonly Line[] {
  return [{ mark: 'update', text: `${style.node(node)}: ${style.strong(text)}` }];
}

function describeSent(
  style: Style,
  { node, text }: Extract<RunEvent, { type: 'command-sent' }>,
): readonly Line[] {
  return [{ mark: 'note', text: `${style.node(node)}: ${formatTitle(style, text)}` }];
}

/** Said where the playbook does not say it itself. */
function describeNodes(style: Style, expression: string, nodes: readonly string[]): readonly Line[] {
  if (!/[*@!]/.test(expression)) return [];
  const names = nodes.length === 0 ? 'no node' : formatNames(style, nodes);
  return [{ mark: 'note', text: `${expression} is ${names} (${formatCount(nodes.length, 'node')})` }];
}

function describeOutput(
  style: Style,
  { node, stream, lines }: Extract<RunEvent, { type: 'output-received' }>,
  nameWidth: number,
): readonly Line[] {
  const name = style.node(node, node.padStart(nameWidth));
  const bar = stream === 'stderr' ? style.warn('!') : style.faint(style.bar);
  return lines.map((line) => ({ mark: 'none', text: `${name} ${bar} ${line}` }));
}
