import { Command, InvalidArgumentError } from 'commander';
import { AppError } from '../../base/index.ts';
import type { Select } from '../context.ts';
import type { BrokerRequest } from './broker-action.ts';
import { addBrokerCheckCommand } from './broker-check.ts';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 1883;

export function addBrokerCommand(program: Command, select: Select): void {
  const command = new Command('broker').copyInheritedSettings(program);
  command.description('be a small MQTT broker, or check another one');
  command.option('--host <address>', 'where to listen; 0.0.0.0 is every interface', DEFAULT_HOST);
  command.option('--port <port>', '0: any free port', parsePort, DEFAULT_PORT);
  command.option('--user <name>', 'the one user that the control machine and all agents share');
  command.option('--password-file <file>', 'its password is the first line of this file');
  command.option(
    '--allow-anonymous',
    'let everybody in who reaches the port, and so run commands on all nodes',
  );
  command.option('-d, --debug', 'say in detail what happens');
  command.action(() => {
    const options = command.optsWithGlobals<{
      host: string;
      port: number;
      user?: string;
      passwordFile?: string;
      allowAnonymous?: true;
      debug?: true;
    }>();
    const request: BrokerRequest = {
      host: options.host,
      port: options.port,
      login: loginOf(options.user, options.passwordFile),
      allowAnonymous: options.allowAnonymous ?? false,
      debug: options.debug ?? false,
    };
    select(async (context) => {
      const { brokerAction } = await import('./broker-action.ts');
      return brokerAction(request, context);
    });
  });
  command.addHelpText(
    'after',
    '\nExamples:\n  orchestrate broker\n  orchestrate broker --host 0.0.0.0 --user lab --password-file ./broker.password',
  );
  addBrokerCheckCommand(command, select);
  program.addCommand(command);
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new InvalidArgumentError('A port is 0 to 65535.');
  return port;
}

function loginOf(user: string | undefined, passwordFile: string | undefined): BrokerRequest['login'] {
  if (user === undefined && passwordFile === undefined) return undefined;
  if (user === undefined || passwordFile === undefined) {
    throw new AppError('USAGE', '--user and --password-file belong together', {
      hint: `add ${user === undefined ? '--user NAME' : '--password-file FILE'}`,
    });
  }
  return { user, passwordFile };
}
