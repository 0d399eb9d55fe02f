import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { AppError, errorMessage } from '../../base/index.ts';
import { type Credentials, startBroker } from '../../broker/index.ts';
import type { CliContext } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { createLogger } from '../logger.ts';

export interface BrokerRequest {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The one user that all share. */
  readonly login: { readonly user: string; readonly passwordFile: string } | undefined;
  readonly allowAnonymous: boolean;
  readonly debug: boolean;
}

/** A broker until the first interrupt; being interrupted is how it ends well. */
export async function brokerAction(request: BrokerRequest, context: CliContext): Promise<ExitCode> {
  const { host, port, allowAnonymous } = request;
  const credentials = request.login && (await readCredentials(request.login, context.workingDirectory));
  const logger = createLogger(context.output.stderr, request);
  const broker = await startBroker({ host, port, credentials, allowAnonymous, logger }).catch(nameTheOptions);
  try {
    context.output.stdout.write(startLines(broker.url, request, host, broker.port));
    if (!context.signal.aborted) await once(context.signal, 'abort');
  } finally {
    await broker.close();
  }
  return EXIT.ok;
}

/** The broker knows nothing of a command line: which options open it is ours to say. */
function nameTheOptions(thrown: unknown): never {
  if (!(thrown instanceof AppError) || thrown.code !== 'USAGE') throw thrown;
  throw new AppError('USAGE', thrown.message, {
    hint: 'who may publish can run scripts on the nodes: give --user NAME and --password-file FILE, or --allow-anonymous',
  });
}

async function readCredentials(
  { user, passwordFile }: NonNullable<BrokerRequest['login']>,
  workingDirectory: string,
): Promise<Credentials> {
  const unusable = (why: string): AppError =>
    new AppError('CONFIG_INVALID', `the password file ${passwordFile} cannot be used: ${why}`, {
      hint: 'put the password on the first line of the file',
    });
  let text: string;
  try {
    text = await readFile(resolve(workingDirectory, passwordFile), 'utf8');
  } catch (thrown) {
    throw unusable(errorMessage(thrown));
  }
  const [password = ''] = text.split(/\r?\n/, 1);
  if (password === '') throw unusable('its first line is empty');
  return { username: user, password };
}

function startLines(url: string, request: BrokerRequest, host: string, port: number): string {
  const address = addressForAgents(host);
  const server = `${address.includes(':') ? `[${address}]` : address}${port === 1883 ? '' : `:${port}`}`;
  const login = request.login
    ? `MQTT_USERNAME=${shellWord(request.login.user)} MQTT_PASSWORD="$(head -n 1 ${shellWord(request.login.passwordFile)})" `
    : '';
  return `broker on ${url}, ${whoMayConnect(request, host)}\nan agent connects with: ${login}orchestrate agent --name NAME -m ${server}\n`;
}

/** A word that a shell takes as it is. */
function shellWord(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function whoMayConnect({ login, allowAnonymous }: BrokerRequest, host: string): string {
  if (login) return `login as ${login.user}`;
  return allowAnonymous ? `open to everybody who reaches ${host}` : 'open to everybody on this machine';
}

/** Of "all interfaces" nobody can connect to the address itself: the first one that other machines see is named. */
function addressForAgents(host: string): string {
  if (host !== '0.0.0.0' && host !== '::') return host;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
