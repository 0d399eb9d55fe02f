import { Command } from 'commander';
import { AppError } from '../../base/index.ts';
import type { Select } from '../context.ts';
import {
  addConnectionOptions,
  addSettingOptions,
  addVariableOption,
  settingsRequest,
  TIMING_OPTIONS,
} from '../options.ts';
import type { RunRequest } from '../run-request.ts';

/** What the playbook is called when nothing else is said, as in the original. */
const DEFAULT_PLAYBOOK = 'playbook';

/** `run` is what the program does without a command's name: its options are the program's own. */
export function declareRun(program: Command, select: Select): void {
  addRunOptions(program);
  program.action(() => selectRun(program, select));
  program.addHelpText(
    'after',
    `
Examples:
  orchestrate -p playbooks/quickstart.playbook --local
  orchestrate -m 192.168.1.10 -p wifi-test.playbook --var seconds=20
  orchestrate check wifi-test.playbook`,
  );
}

export function addRunCommand(program: Command, select: Select): void {
  const command = new Command('run').copyInheritedSettings(program);
  command.description('run a playbook; the same as no command');
  addRunOptions(command);
  command.action(() => selectRun(command, select));
  command.addHelpText('after', '\nExample:\n  orchestrate run -p playbooks/quickstart.playbook --local');
  program.addCommand(command);
}

function addRunOptions(command: Command): void {
  command.option('-p, --playbook <file>', `the playbook (default: ./${DEFAULT_PLAYBOOK})`);
  addConnectionOptions(command);
  addSettingOptions(command, ['inventory', 'ansible', 'ssh', 'sshConfig']);
  command.option('--local', 'with a broker and the agents on this machine, just for this run');
  addVariableOption(command);
  command.option('--lenient', 'warn about unknown lines of the playbook and skip them');
  command.option('--take-over', 'stop what another run does on a node, instead of failing');
  addSettingOptions(command, ['reporter', 'runsDir']);
  command.option('--no-record', 'leave no folder with what happened');
  addSettingOptions(command, TIMING_OPTIONS);
}

function selectRun(command: Command, select: Select): void {
  const options = command.optsWithGlobals<{
    playbook?: string;
    local?: true;
    var?: ReadonlyMap<string, string>;
    lenient?: true;
    takeOver?: true;
  }>();
  const request: RunRequest = {
    playbookFile: options.playbook ?? DEFAULT_PLAYBOOK,
    local: options.local ?? false,
    variables: options.var ?? new Map(),
    lenient: options.lenient ?? false,
    takeOver: options.takeOver ?? false,
    record: isRecordWanted(command),
    settings: settingsRequest(command),
  };
  if (request.local && request.settings.flags.MQTT_SERVER !== undefined) {
    throw new AppError('USAGE', '--local brings its own broker, so -m cannot be given beside it', {
      hint: 'leave out one of the two',
    });
  }
  if (request.local && request.settings.flags.USE_SSH !== undefined) {
    throw new AppError('USAGE', '--local has its agents on this machine, so -s cannot be given beside it', {
      hint: 'leave out one of the two',
    });
  }
  select(async (context) => {
    const { runAction } = await import('./run-action.ts');
    return runAction(request, context);
  });
}

/** Without the option it is true, and the program's own default must not win over what its command was given. */
function isRecordWanted(command: Command): boolean {
  const isRefused = command.getOptionValue('record') === false;
  return !isRefused && (command.parent === null || isRecordWanted(command.parent));
}
