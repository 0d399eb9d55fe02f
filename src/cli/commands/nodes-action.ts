import { formatDuration } from '../../base/index.ts';
import { type Column, formatTable } from '../../report/index.ts';
import { type ListedNode, listNodes } from '../../run/index.ts';
import { meetingOptions } from '../compose/meeting.ts';
import { readSelection } from '../compose/selection.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';

export interface NodesRequest {
  readonly json: boolean;
  /** A node expression, not parsed yet; undefined: everybody. */
  readonly limit: string | undefined;
  readonly settings: SettingsRequest;
}

export async function nodesAction(request: NodesRequest, context: CliContext): Promise<ExitCode> {
  const { settings } = loadSettings(request.settings, context);
  const { output } = context;
  const selection = await readSelection(request.limit, 'nodes', settings, context);
  const options = meetingOptions(settings, context);
  const nodes = await listNodes({ ...options, ...selection });
  if (request.json) output.stdout.write(`${JSON.stringify(nodes.map(toJson), undefined, 2)}\n`);
  else if (nodes.length > 0) output.stdout.write(`${formatTable(COLUMNS, nodes.map(cellsOf)).join('\n')}\n`);
  else output.stderr.write(`no node below ${settings.rootTopic}/ on ${options.broker}\n`);
  return EXIT.ok;
}

function toJson({ node, state, session, ageMs, version, groups, lease }: ListedNode): object {
  return {
    node,
    state,
    session: session ?? null,
    ageMs: ageMs ?? null,
    version: version ?? null,
    groups,
    lease: lease && { ...lease, since: new Date(lease.since).toISOString() },
  };
}

const COLUMNS: readonly Column[] = [
  { title: 'node', align: 'left' },
  { title: 'state', align: 'left' },
  { title: 'heard', align: 'right' },
  { title: 'version', align: 'left' },
  { title: 'groups', align: 'left' },
  { title: 'held by', align: 'left' },
];

function cellsOf({ node, state, ageMs, version, groups, lease }: ListedNode): readonly string[] {
  const heard = ageMs === undefined ? '-' : `${formatDuration(ageMs)} ago`;
  return [node, state, heard, version ?? '-', groups.join(',') || '-', lease?.owner ?? '-'];
}
