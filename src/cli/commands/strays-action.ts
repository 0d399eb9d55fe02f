import { safeText } from '../../report/index.ts';
import { findStrays, type StrayReport } from '../../run/index.ts';
import { meetingOptions } from '../compose/meeting.ts';
import { isUtf8 } from '../compose/reporting.ts';
import { readSelection } from '../compose/selection.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import { notesOnStrays, straysToJson, tableOfStrays } from '../stray-texts.ts';
import type { NodesRequest } from './nodes-action.ts';

interface StraysRequest extends NodesRequest {
  /** End them, too. */
  readonly stop: boolean;
}

/** What runs although no run holds the node: lists it, or ends it and lists what was ended. */
export async function straysAction(
  { json, stop, ...request }: StraysRequest,
  context: CliContext,
): Promise<ExitCode> {
  const { settings } = loadSettings(request.settings, context);
  const { output, environment } = context;
  const selection = await readSelection(request.limit, 'nodes', settings, context);
  const options = { ...meetingOptions(settings, context), ...selection };
  const report = await findStrays(options, { stop });
  if (json) {
    output.stdout.write(`${JSON.stringify(straysToJson(report, stop), undefined, 2)}\n`);
    return exitCodeOf(report, stop);
  }
  // Names and words come from whoever may publish, or start a process there.
  const write = (line: string): string => `${safeText(line, isUtf8(environment))}\n`;
  const where = `below ${settings.rootTopic}/ on ${options.broker}`;
  output.stdout.write(tableOfStrays(report, stop).map(write).join(''));
  output.stderr.write(notesOnStrays(report, where).map(write).join(''));
  return exitCodeOf(report, stop);
}

/** That something is unknown matters to whoever wants everything ended; a list says it and has done its work. */
function exitCodeOf({ found, unknown }: StrayReport, stop: boolean): ExitCode {
  if (!stop) return EXIT.ok;
  if (unknown.some(({ wasAsked }) => wasAsked)) return EXIT.unreachable;
  return found.length > 0 ? EXIT.failed : EXIT.ok;
}
