import { formatDuration, systemClock } from '../../base/index.ts';
import { type Column, formatTable } from '../../report/index.ts';
import { type ListedNode, listNodes } from '../../run/index.ts';
import { formatBrokerUrl } from '../../transport/index.ts';
import { createControl } from '../compose/connection.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import { createLogger } from '../logger.ts';
import type { SettingsRequest } from '../options.ts';

export interface NodesRequest {
  readonly json: boolean;
  readonly settings: SettingsRequest;
}

/** A status without an INFO counts as legacy after two seconds; half a second on top for the answers themselves. */
const ANSWER_MS = 2500;

export async function nodesAction(request: NodesRequest, context: CliContext): Promise<ExitCode> {
  const { settings } = loadSettings(request.settings, context);
  const { output, signal } = context;
  const logger = createLogger(output.stderr, settings);
  const clock = systemClock;
  const broker = formatBrokerUrl(settings.broker);
  const nodes = await listNodes({
    channel: createControl(settings, { clock, logger }),
    clock,
    logger,
    broker,
    connectTimeoutMs: settings.brokerConnectTimeoutMs,
    answerMs: ANSWER_MS,
    signal,
  });
  if (request.json) output.stdout.write(`${JSON.stringify(nodes.map(toJson), undefined, 2)}\n`);
  else if (nodes.length > 0) output.stdout.write(`${formatTable(COLUMNS, nodes.map(cellsOf)).join('\n')}\n`);
  else output.stderr.write(`no node below ${settings.rootTopic}/ on ${broker}\n`);
  return EXIT.ok;
}

function toJson({ node, state, session, ageMs, version, groups }: ListedNode): object {
  return { node, state, session: session ?? null, ageMs: ageMs ?? null, version: version ?? null, groups };
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
