import { Command } from 'commander';
import type { Select } from '../context.ts';
import { addConnectionOptions, addSettingOptions, settingsRequest } from '../options.ts';
import type { BrokerCheckRequest } from './broker-check-action.ts';

export function addBrokerCheckCommand(broker: Command, select: Select): void {
  const command = new Command('check').copyInheritedSettings(broker);
  command.description('find out what any broker delivers, and what to change');
  command.argument('[broker]', 'instead of -m');
  command.option('--json', 'print {broker, topics, verdict, findings}');
  addConnectionOptions(command);
  addSettingOptions(command, ['brokerTimeout']);
  command.action((address: string | undefined) => {
    const { json = false } = command.opts<{ json?: boolean }>();
    const request: BrokerCheckRequest = { address, json, settings: settingsRequest(command) };
    select(async (context) => {
      const { brokerCheckAction } = await import('./broker-check-action.ts');
      return brokerCheckAction(request, context);
    });
  });
  command.addHelpText('after', '\nExample:\n  orchestrate broker check 192.168.1.10 -t testlab');
  broker.addCommand(command);
}
