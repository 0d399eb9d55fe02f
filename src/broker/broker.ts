import type { EventEmitter } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { AppError, type Logger, silentLogger } from '../base/index.ts';
import { limitConnection } from './limit-connection.ts';
import { listen } from './listen.ts';
import { type Credentials, createLoginCheck } from './login-check.ts';

export interface BrokerOptions {
  /** Name or address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes any free port. Default 1883. */
  readonly port?: number;
  /** The one user that everybody logs in as. Default: nobody has to log in. */
  readonly credentials?: Credentials;
  /** Needed to listen beyond this machine without credentials. Default false. */
  readonly allowAnonymous?: boolean;
  /** A client that leaves more than this unread is dropped, so that the others go on. Default 64 MiB. */
  readonly maxBufferedBytes?: number;
  /** A client that sends a larger packet is dropped. Default 16 MiB; MQTT itself ends at 256 MiB. */
  readonly maxPacketBytes?: number;
  /** Default: silent. */
  readonly logger?: Logger;
}

export interface Broker {
  readonly host: string;
  readonly port: number;
  /** `mqtt://host:port`, without credentials. */
  readonly url: string;
  readonly connectedClients: number;
  /** Stops listening and ends all connections. */
  close(): Promise<void>;
}

const MIB = 1024 * 1024;
const LOGIN_TIMEOUT_MS = 10_000;

/**
 * An MQTT 3.1.1 broker inside this process; what it retains is gone when it closes.
 * @throws AppError USAGE when it would be open to everybody on the network, LISTEN_FAILED when it cannot listen
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { host = '127.0.0.1', port = 1883, credentials, allowAnonymous = false } = options;
  const { maxBufferedBytes = 64 * MIB, maxPacketBytes = 16 * MIB, logger = silentLogger } = options;
  assertClosedToStrangers(host, credentials !== undefined || allowAnonymous);

  const aedes = await createAedes(credentials, logger);
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const client = aedes.handle(socket);
    limitConnection(socket, { maxBufferedBytes, maxPacketBytes }, (why) =>
      logger.warn(
        `dropped ${client.id ? `client ${quoted(client.id)}` : 'a client without a login'}: ${why}`,
      ),
    );
  });
  try {
    const boundPort = await listen(server, host, port);
    server.on('error', (error) => logger.warn(`the listening socket failed: ${error.message}`));
    let closing: Promise<void> | undefined;
    return {
      host,
      port: boundPort,
      url: `mqtt://${host.includes(':') ? `[${host}]` : host}:${boundPort}`,
      get connectedClients() {
        return aedes.connectedClients;
      },
      close() {
        closing ??= closeAll(aedes, server, sockets);
        return closing;
      },
    };
  } catch (thrown) {
    await closeAedes(aedes);
    throw thrown;
  }
}

function assertClosedToStrangers(host: string, isAllowed: boolean): void {
  if (isAllowed || host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)) return;
  throw new AppError('USAGE', `without a login the broker would be open to everybody who can reach ${host}`, {
    hint: 'Who may publish can run scripts on the nodes: give a user and a password, or allow anonymous clients explicitly.',
  });
}

async function createAedes(credentials: Credentials | undefined, logger: Logger): Promise<Aedes> {
  const aedes = await Aedes.createBroker({
    // With any other value one stalled subscriber stops the delivery to all others.
    concurrency: 0,
    connectTimeout: LOGIN_TIMEOUT_MS,
    authenticate: createLoginCheck(credentials, logger),
    authorizePublish(client, packet, done) {
      // Refusing would end the connection, and the client would come back and send it again, for ever.
      if (packet.topic.startsWith('$')) {
        logger.debug(`client ${quoted(client?.id)} may not publish to ${quoted(packet.topic)}: discarded`);
        packet.topic = '$discarded';
        packet.retain = false;
      }
      done(null);
    },
  });
  aedes.on('clientError', (client, error) => logger.debug(`client ${quoted(client.id)}: ${error.message}`));
  aedes.on('connectionError', (_, error) =>
    logger.debug(`a connection that did not log in: ${error.message}`),
  );
  // Missing in its types; without a listener it would end the process.
  const emitter: EventEmitter = aedes;
  emitter.on('error', (error: Error) => logger.warn(`the broker failed: ${error.message}`));
  return aedes;
}

async function closeAll(aedes: Aedes, server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const serverClosed = new Promise((resolve) => server.close(resolve));
  await closeAedes(aedes);
  // Those that never logged in are unknown to aedes.
  for (const socket of sockets) socket.destroy();
  await serverClosed;
}

function closeAedes(aedes: Aedes): Promise<void> {
  return new Promise((resolve) => aedes.close(resolve));
}

/** Client ids and topics come from outside and may hold anything. */
const quoted = (text: string | null | undefined): string => JSON.stringify(text ?? '');
