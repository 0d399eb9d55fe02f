import { resolve } from 'node:path';
import { AppError, errorMessage, systemClock } from '../../base/index.ts';
import {
  findRun,
  listRuns,
  type PastRun,
  type Pruning,
  planPruning,
  type RunList,
  readEvents,
  removeRun,
  standingOf,
} from '../../history/index.ts';
import { createPastRunTeller, safeText } from '../../report/index.ts';
import { isUtf8 } from '../compose/reporting.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { loadSettings } from '../load-settings.ts';
import type { SettingsRequest } from '../options.ts';
import { runsToJson, runToJson, tableOfRuns, WORDS_OF_UNFINISHED } from '../run-texts.ts';

export interface RunsRequest {
  readonly work:
    | { readonly kind: 'list' }
    | { readonly kind: 'show'; readonly id: string }
    | { readonly kind: 'prune'; readonly pruning: Pruning; readonly dryRun: boolean };
  readonly json: boolean;
  readonly settings: SettingsRequest;
}

export async function runsAction(request: RunsRequest, context: CliContext): Promise<ExitCode> {
  const { runsDirectory } = loadSettings(request.settings, context).settings;
  if (runsDirectory === undefined) {
    throw new AppError('USAGE', 'RUNS_DIR is off, so that there is no folder of runs to look at', {
      hint: 'name one with --runs-dir FOLDER',
    });
  }
  const shop: Shop = { request, context, directory: runsDirectory, list: readRuns(runsDirectory, context) };
  switch (request.work.kind) {
    case 'list':
      return list(shop);
    case 'show':
      return show(request.work.id, shop);
    case 'prune':
      return prune(request.work, shop);
  }
}

interface Shop {
  readonly request: RunsRequest;
  readonly context: CliContext;
  /** As the user named it. */
  readonly directory: string;
  readonly list: RunList;
}

function readRuns(directory: string, { workingDirectory }: CliContext): RunList {
  try {
    return listRuns(resolve(workingDirectory, directory));
  } catch (thrown) {
    throw new AppError('USAGE', `${directory} cannot be read: ${errorMessage(thrown)}`, {
      hint: 'name the folder of runs with --runs-dir FOLDER',
    });
  }
}

function list({ request, context, directory, list: { runs, others } }: Shop): ExitCode {
  const { stdout, stderr } = context.output;
  const line = lineIn(context);
  if (request.json) stdout.write(`${JSON.stringify(runsToJson(runs), undefined, 2)}\n`);
  else if (runs.length > 0) stdout.write(tableOfRuns(runs).map(line).join(''));
  else stderr.write(line(`no run in ${directory}`));
  stderr.write(others.map(({ name, reason }) => line(`not a run: ${directory}/${name}: ${reason}`)).join(''));
  return EXIT.ok;
}

async function show(id: string, { request, context, directory, list: runs }: Shop): Promise<ExitCode> {
  const { output, environment } = context;
  const run = theOne(id, runs, directory);
  if (request.json) {
    output.stdout.write(`${JSON.stringify(runToJson(run), undefined, 2)}\n`);
    return EXIT.ok;
  }
  const { document, folder, name } = run;
  const { stdout } = output;
  const unicode = isUtf8(environment);
  const teller = createPastRunTeller({
    colour: stdout.hasColour,
    unicode,
    record: `${directory}/${name}`,
    ...(stdout.columns !== undefined && { width: stdout.columns }),
  });
  try {
    for await (const event of readEvents(folder)) teller.add(event);
  } catch (thrown) {
    throw new AppError(
      'USAGE',
      `the events of ${directory}/${name} cannot be read: ${errorMessage(thrown)}`,
      {
        hint: 'orchestrate runs show --json prints what its run.json has',
      },
    );
  }
  const line = lineIn(context);
  const standing = standingOf(run);
  stdout.write(
    line(`${document.playbook.file}, run ${document.id} of ${document.owner}, ${document.startedAt}`),
  );
  stdout.write(teller.format(standing === 'finished' ? 'ENDED' : WORDS_OF_UNFINISHED[standing]));
  if (document.error) stdout.write(line(`error: ${document.error.message}`));
  return EXIT.ok;
}

function theOne(id: string, list: RunList, directory: string): PastRun {
  const [run, ...more] = findRun(list, id);
  if (run && more.length === 0) return run;
  if (!run) {
    throw new AppError('USAGE', `no run in ${directory} has an id that begins with "${id}"`, {
      hint: 'orchestrate runs lists them',
    });
  }
  const names = [run, ...more].map(({ document }) => document.id.slice(0, SHOWN_ID)).slice(0, MOST_NAMED);
  throw new AppError('USAGE', `${more.length + 1} runs begin with "${id}": ${names.join(', ')}`, {
    hint: 'write more of the id, or of the name of the folder',
  });
}

const SHOWN_ID = 13;
const MOST_NAMED = 10;

async function prune(
  { pruning, dryRun }: Extract<RunsRequest['work'], { kind: 'prune' }>,
  { context, directory, list: { runs, others } }: Shop,
): Promise<ExitCode> {
  const { stdout, stderr } = context.output;
  const line = lineIn(context);
  const doomed = planPruning(runs, pruning, systemClock.wallNow());
  let failures = 0;
  for (const run of doomed) {
    context.signal.throwIfAborted();
    try {
      if (!dryRun) await removeRun(run);
      stdout.write(line(`${dryRun ? 'would delete' : 'deleted'} ${directory}/${run.name}`));
    } catch (thrown) {
      failures += 1;
      stderr.write(line(`${directory}/${run.name} cannot be deleted: ${errorMessage(thrown)}`));
    }
  }
  const left = runs.length - (dryRun ? 0 : doomed.length - failures);
  stdout.write(line(`${left === 1 ? 'one run is' : `${left} runs are`} in ${directory}`));
  stderr.write(
    others.map(({ name, reason }) => line(`left alone: ${directory}/${name}: ${reason}`)).join(''),
  );
  return failures > 0 ? EXIT.failed : EXIT.ok;
}

/** Names of files and what others wrote are harmless on a terminal. */
function lineIn({ environment }: CliContext): (text: string) => string {
  const unicode = isUtf8(environment);
  return (text) => `${safeText(text, unicode)}\n`;
}
