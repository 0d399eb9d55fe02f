import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { startMosquitto } from '../../support/mosquitto.ts';
import { startNats } from '../../support/nats.ts';
import { startCli } from './cli.ts';
import { createFolder } from './folder.ts';

export interface Broker {
  readonly port: number;
  stop(): Promise<void>;
  /** Ends it by SIGKILL: nobody is told anything. */
  kill(): Promise<void>;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

interface BrokerOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Without it everybody may connect. */
  readonly login?: Login;
}

interface BrokerKind {
  readonly name: string;
  start(options?: BrokerOptions): Promise<Broker>;
}

const BROKERS: readonly BrokerKind[] = [
  { name: 'orchestrate broker', start: startEmbedded },
  { name: 'mosquitto', start: startWithLogin },
];
const CORE_BROKERS: readonly BrokerKind[] = [...BROKERS, { name: 'nats-server', start: startNats }];

type Define = (broker: () => Broker, startAnother: BrokerKind['start']) => void;

/** The same tests on `orchestrate broker` and on mosquitto: `broker()` is one that all of them share. */
export function describeOnEachBroker(title: string, define: Define): void {
  describeOn(BROKERS, title, define);
}

/** Those that show what every broker must do for us also run on nats-server, which keeps no order between topics. */
export function describeCoreOnEachBroker(title: string, define: Define): void {
  describeOn(CORE_BROKERS, title, define);
}

function describeOn(brokers: readonly BrokerKind[], title: string, define: Define): void {
  describe.each(brokers)(`${title}, on $name`, ({ start }) => {
    let shared: Broker | undefined;
    beforeAll(async () => {
      shared = await start();
    });
    afterAll(() => shared?.stop());
    define(() => {
      if (!shared) throw new Error('the broker is started before the tests, not while they are declared');
      return shared;
    }, start);
  });
}

async function startEmbedded({ port = 0, login }: BrokerOptions = {}): Promise<Broker> {
  const folder = await createFolder();
  const words = ['broker', '--port', String(port)];
  if (login) {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, `${login.password}\n`);
    words.push('--user', login.user, '--password-file', passwordFile);
  }
  const program = startCli(words, { cwd: folder });
  const [, taken] = await program.printed(/^broker on mqtt:\/\/127\.0\.0\.1:(\d+), /);
  const stop = async (): Promise<void> => {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    port: Number(taken),
    stop,
    async kill() {
      program.signal('SIGKILL');
      await program.ended;
      await stop();
    },
  };
}

function startWithLogin({ port, login }: BrokerOptions = {}): Promise<Broker> {
  if (!login) return startMosquitto({ port });
  return startMosquitto({
    port,
    config: 'allow_anonymous false\npassword_file passwords',
    files: { passwords: passwordLine(login) },
  });
}

/** As mosquitto_passwd writes it: PBKDF2 with SHA-512. */
export function passwordLine({ user, password }: Login): string {
  const rounds = 101;
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, rounds, 64, 'sha512');
  return `${user}:$7$${rounds}$${salt.toString('base64')}$${hash.toString('base64')}\n`;
}
