import { AppError, parseDuration } from '../../base/index.ts';
import type { NodeExpression } from '../../inventory/index.ts';
import { safeText } from '../../report/index.ts';
import { type MeasuredClock, measureClocks } from '../../run/index.ts';
import { clocksToJson, notesOnClocks, progressOfClocks, tableOfClocks } from '../clock-texts.ts';
import { meetingOptions } from '../compose/meeting.ts';
import { isUtf8 } from '../compose/reporting.ts';
import { readSelection } from '../compose/selection.ts';
import { createStatusScreen } from '../compose/status-screen.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';

export interface ClocksRequest {
  /** Node expressions, as in a playbook; not parsed yet. None: everybody. */
  readonly nodes: readonly string[];
  readonly json: boolean;
  /** How long it may take at most; not parsed yet. */
  readonly time: string | undefined;
  readonly settings: SettingsRequest;
}

const LIMIT_MS = 10_000;

/** How the clocks of nodes stand against this machine's. */
export async function clocksAction(request: ClocksRequest, context: CliContext): Promise<ExitCode> {
  const limitMs = limitOf(request.time);
  const { settings } = loadSettings(request.settings, context);
  const written = request.nodes.length === 0 ? undefined : request.nodes.join(',');
  const { nodes, inventory } = await readSelection(written, 'clocks', settings, context);
  const { stdout, stderr } = context.output;
  const unicode = isUtf8(context.environment);
  const screen = createStatusScreen(context);
  const output = { stdout, stderr: { ...stderr, write: (text: string) => screen.print(text) } };
  const options = meetingOptions(settings, { ...context, output });
  screen.setStatus('looking who is there');
  const clocks = await measureClocks({
    ...options,
    nodes,
    inventory,
    limitMs,
    onProgress: (progress) => screen.setStatus(safeText(progressOfClocks(progress), unicode)),
  }).finally(() => screen.setStatus(undefined));
  const write = (line: string): string => `${safeText(line, unicode)}\n`;
  if (request.json) {
    stdout.write(`${JSON.stringify(clocksToJson(clocks), undefined, 2)}\n`);
  } else {
    const where = `${nodes ? `of ${nodes.text} ` : ''}below ${settings.rootTopic}/ on ${options.broker}`;
    stdout.write(tableOfClocks(clocks, unicode).map(write).join(''));
    stderr.write(notesOnClocks(clocks, where).map(write).join(''));
  }
  return exitCodeOf(clocks, nodes);
}

/** Whoever was asked for is wanted. */
function exitCodeOf(clocks: readonly MeasuredClock[], nodes: NodeExpression | undefined): ExitCode {
  const isMissing = clocks.some(({ clock, isNamed }) => isNamed && 'unknown' in clock);
  return isMissing || (nodes && clocks.length === 0) ? EXIT.unreachable : EXIT.ok;
}

function limitOf(time: string | undefined): number {
  const limitMs = time === undefined ? LIMIT_MS : parseDuration(time);
  if (limitMs !== undefined && limitMs > 0) return limitMs;
  throw new AppError(
    'USAGE',
    `--time "${time}" is no duration of more than none, such as 10s or 2.5 (seconds)`,
    {
      hint: 'orchestrate clocks --help',
    },
  );
}
