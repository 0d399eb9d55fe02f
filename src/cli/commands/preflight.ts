import { Command } from 'commander';
import { AppError } from '../../base/index.ts';
import type { Select } from '../context.ts';
import { addConnectionOptions, addSettingOptions, addVariableOption, settingsRequest } from '../options.ts';
import type { PreflightRequest } from './preflight-action.ts';

export function addPreflightCommand(program: Command, select: Select): void {
  const command = new Command('preflight').copyInheritedSettings(program);
  command.description('look whether everything is there that a run needs, before anything starts');
  command.argument('[playbook]', 'what is to be run; without it, what needs no playbook is looked at');
  command.option('-p, --playbook <file>', 'the same');
  addVariableOption(command);
  command.option('--lenient', 'warn about unknown lines of the playbook and skip them');
  command.option('--json', 'print an array of {subject, check, title, outcome, detail, remedy}');
  addConnectionOptions(command);
  addSettingOptions(command, ['inventory', 'brokerTimeout']);
  command.action((file: string | undefined) => {
    const options = command.optsWithGlobals<{
      playbook?: string;
      var?: ReadonlyMap<string, string>;
      lenient?: true;
      json?: true;
    }>();
    if (file !== undefined && options.playbook !== undefined) {
      throw new AppError('USAGE', 'the playbook is given twice, with -p and without', {
        hint: 'leave out -p',
      });
    }
    const request: PreflightRequest = {
      playbookFile: file ?? options.playbook,
      variables: options.var ?? new Map(),
      lenient: options.lenient ?? false,
      json: options.json ?? false,
      settings: settingsRequest(command),
    };
    select(async (context) => {
      const { preflightAction } = await import('./preflight-action.ts');
      return preflightAction(request, context);
    });
  });
  command.addHelpText(
    'after',
    '\nExamples:\n  orchestrate preflight wifi-test.playbook -m 192.168.1.10 --var seconds=20\n  orchestrate preflight',
  );
  program.addCommand(command);
}
