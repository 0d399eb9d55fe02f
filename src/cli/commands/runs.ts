import { Command, InvalidArgumentError } from 'commander';
import { AppError, parseDuration } from '../../base/index.ts';
import type { Select } from '../context.ts';
import { addSettingOptions, settingsRequest } from '../options.ts';
import type { RunsRequest } from './runs-action.ts';

/** `runs` alone lists them: its options are those of `list`. */
export function addRunsCommand(program: Command, select: Select): void {
  const command = new Command('runs').copyInheritedSettings(program);
  command.description('list, show or delete what runs have recorded');
  addListOptions(command);
  command.action(() => selectList(command, select));
  command.addHelpText(
    'after',
    '\nExamples:\n  orchestrate runs\n  orchestrate runs show 63c8\n  orchestrate runs prune --keep 20',
  );
  addListCommand(command, select);
  addShowCommand(command, select);
  addPruneCommand(command, select);
  program.addCommand(command);
}

function addListCommand(runs: Command, select: Select): void {
  const command = new Command('list').copyInheritedSettings(runs);
  command.description('list them, the latest last; the same as no command');
  addListOptions(command);
  command.action(() => selectList(command, select));
  command.addHelpText('after', '\nExample:\n  orchestrate runs list --json');
  runs.addCommand(command);
}

function addListOptions(command: Command): void {
  command.option('--json', 'print it for programs: docs/reference/cli.md has the form');
  addFolderOptions(command);
}

function selectList(command: Command, select: Select): void {
  const { json = false } = command.optsWithGlobals<{ json?: true }>();
  selectAction(command, select, { work: { kind: 'list' }, json });
}

function addShowCommand(runs: Command, select: Select): void {
  const command = new Command('show').copyInheritedSettings(runs);
  command.description('show the Recap of one, as it was, or would have been, at its end');
  command.argument('<id>', 'how its id or its folder begins');
  command.option('--json', 'print its run.json');
  addFolderOptions(command);
  command.action((id: string) => {
    const { json = false } = command.optsWithGlobals<{ json?: true }>();
    selectAction(command, select, { work: { kind: 'show', id }, json });
  });
  command.addHelpText('after', '\nExample:\n  orchestrate runs show 63c8');
  runs.addCommand(command);
}

function addPruneCommand(runs: Command, select: Select): void {
  const command = new Command('prune').copyInheritedSettings(runs);
  command.description('delete run folders, and nothing else');
  command.option('--keep <count>', 'all but so many, the latest', parseCount);
  command.option('--older-than <duration>', 'those that began longer ago: 12h, 30d', parseAge);
  command.option('--dry-run', 'say what would be deleted');
  addFolderOptions(command);
  command.action(() => {
    const {
      keep,
      olderThan,
      dryRun = false,
    } = command.optsWithGlobals<{
      keep?: number;
      olderThan?: number;
      dryRun?: true;
    }>();
    if ((keep === undefined) === (olderThan === undefined)) {
      throw new AppError('USAGE', 'prune takes one of --keep and --older-than', {
        hint: 'orchestrate runs prune --help',
      });
    }
    const pruning =
      keep === undefined
        ? ({ kind: 'older-than', ageMs: olderThan ?? 0 } as const)
        : ({ kind: 'keep', runs: keep } as const);
    selectAction(command, select, { work: { kind: 'prune', pruning, dryRun }, json: false });
  });
  command.addHelpText('after', '\nExample:\n  orchestrate runs prune --older-than 30d --dry-run');
  runs.addCommand(command);
}

function addFolderOptions(command: Command): void {
  addSettingOptions(command, ['runsDir', 'debug']);
  command.option('-c, --config <file>', 'configuration file (default: ./global.config, if it is there)');
}

function selectAction(command: Command, select: Select, what: Omit<RunsRequest, 'settings'>): void {
  const request: RunsRequest = { ...what, settings: settingsRequest(command) };
  select(async (context) => {
    const { runsAction } = await import('./runs-action.ts');
    return runsAction(request, context);
  });
}

function parseCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A count is 0 to 999999.');
}

const DAY_MS = 24 * 60 * 60 * 1000;

function parseAge(text: string): number {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  const ageMs = days === undefined ? parseDuration(text) : Number(days) * DAY_MS;
  if (ageMs !== undefined) return ageMs;
  throw new InvalidArgumentError('An age is a duration such as 12h, or days such as 30d.');
}
