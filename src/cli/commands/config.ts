import { Command } from 'commander';
import type { Select } from '../context.ts';
import { addConnectionOptions, addSettingOptions, settingsRequest, TIMING_OPTIONS } from '../options.ts';
import type { ConfigRequest } from './config-action.ts';

export function addConfigCommand(program: Command, select: Select): void {
  const command = new Command('config').copyInheritedSettings(program);
  command.description('show every configuration value and where it comes from');
  addConnectionOptions(command);
  addSettingOptions(command, ['inventory', 'ansible', 'ssh', 'reporter', ...TIMING_OPTIONS]);
  command.action(() => {
    const request: ConfigRequest = { settings: settingsRequest(command) };
    select(async (context) => {
      const { configAction } = await import('./config-action.ts');
      return configAction(request, context);
    });
  });
  command.addHelpText('after', '\nExample:\n  orchestrate config -c lab.config');
  program.addCommand(command);
}
