import { Command } from 'commander';
import type { Select } from '../context.ts';
import { addConfigOption, addSettingOptions, addVariableOption, settingsRequest } from '../options.ts';
import type { CheckRequest } from './check-action.ts';

export function addCheckCommand(program: Command, select: Select): void {
  const command = new Command('check').copyInheritedSettings(program);
  command.description('look for mistakes in playbooks, without a broker');
  command.argument('<file...>', 'playbooks');
  addVariableOption(command);
  addSettingOptions(command, ['inventory']);
  command.option('--lenient', 'warn about unknown lines and skip them');
  command.option(
    '--json',
    'print an array of {file, line, column, length, severity, code, message, suggestion}',
  );
  addConfigOption(command);
  command.option('-d, --debug', 'show stacks of errors');
  command.action((files: string[]) => {
    const options = command.optsWithGlobals<{
      var?: ReadonlyMap<string, string>;
      lenient?: true;
      json?: true;
    }>();
    const request: CheckRequest = {
      files,
      variables: options.var ?? new Map(),
      lenient: options.lenient ?? false,
      json: options.json ?? false,
      settings: settingsRequest(command),
    };
    select(async (context) => {
      const { checkAction } = await import('./check-action.ts');
      return checkAction(request, context);
    });
  });
  command.addHelpText('after', '\nExample:\n  orchestrate check playbooks/*.playbook --var seconds=20');
  program.addCommand(command);
}
