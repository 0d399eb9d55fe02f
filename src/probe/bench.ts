import { type Clock, errorMessage, withTimeout } from '../base/index.ts';
import { type BareConnectionOptions, ConnectionError, connectBare, type Will } from '../transport/index.ts';
import { Client } from './client.ts';

export type Login = Pick<BareConnectionOptions, 'url' | 'username' | 'password' | 'ca'>;

interface BenchOptions {
  readonly login: Login;
  readonly clock: Clock;
  /** `MQTT_TOPIC`. */
  readonly root: string;
  /** A level below the root that only this check uses; no node can have its name. */
  readonly ownLevel: string;
  /** Of the probe, so that none meets the messages of another. */
  readonly name: string;
  /** No two clients of a check have the same. */
  readonly createClientId: () => string;
}

interface ClientOptions {
  readonly clientId?: string;
  readonly cleanSession?: boolean;
  readonly will?: Will;
}

const CONNECT_LIMIT_MS = 5000;
const CLOSE_LIMIT_MS = 1000;
const CLEAR_LIMIT_MS = 15_000;

/** What one probe works with: connections and topics of its own, which leave nothing behind. */
export class Bench {
  readonly #options: BenchOptions;
  readonly #clients: Client[] = [];
  readonly #retained = new Set<string>();
  readonly #sessions = new Set<string>();
  readonly #attempts: AbortController[] = [];

  constructor(options: BenchOptions) {
    this.#options = options;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  get root(): string {
    return this.#options.root;
  }

  /** Stands where the name of a node stands in the topics of the protocol. */
  get ownLevel(): string {
    return this.#options.ownLevel;
  }

  /** Not of the shape `<root>/<node>/STATUS`: a control machine that is at work is not bothered. */
  topic(...levels: readonly string[]): string {
    const { root, ownLevel, name } = this.#options;
    return [root, ownLevel, name, ...levels].join('/');
  }

  createClientId(): string {
    return this.#options.createClientId();
  }

  /** @throws ConnectionError */
  async connect({ clientId = this.createClientId(), cleanSession = true, will }: ClientOptions = {}) {
    const { login, clock } = this.#options;
    if (!cleanSession) this.#sessions.add(clientId);
    if (will) this.#retained.add(will.topic);
    const client = new Client(clock);
    const attempt = new AbortController();
    this.#attempts.push(attempt);
    const connecting = connectBare({
      ...login,
      clientId,
      cleanSession,
      ...(will && { will }),
      onMessage: (message) => client.take(message),
      signal: attempt.signal,
    });
    client.connected(
      await withTimeout(clock, connecting, CONNECT_LIMIT_MS, () => {
        attempt.abort();
        throw new ConnectionError('the broker did not answer a login in time');
      }),
    );
    this.#clients.push(client);
    return client;
  }

  /** A client that reads this. */
  async subscriber(...filters: readonly string[]): Promise<Client> {
    const client = await this.connect();
    await client.connection.subscribe(filters, 1);
    return client;
  }

  /** Publishes what the broker is to keep; it is taken back in the end. */
  async retain(client: Client, topic: string, payload: string): Promise<void> {
    this.#retained.add(topic);
    await client.connection.publish(topic, payload, { qos: 1, retain: true });
  }

  /**
   * Ends the connections, and takes back all that the broker keeps for them.
   * @returns what is wrong when something could not be taken back
   */
  async clear(): Promise<string | undefined> {
    await Promise.all(this.#clients.map((client) => this.#close(client)));
    try {
      return await withTimeout(this.clock, this.#takeBack(), CLEAR_LIMIT_MS, () => 'it took too long');
    } catch (thrown) {
      if (!(thrown instanceof ConnectionError)) throw thrown;
      return errorMessage(thrown);
    } finally {
      for (const attempt of this.#attempts) attempt.abort();
    }
  }

  #close({ connection }: Client): Promise<void> {
    // What a probe left unread would keep the broker's answer to the DISCONNECT from being read.
    connection.resume();
    return withTimeout(this.clock, connection.close(), CLOSE_LIMIT_MS, () => connection.kill());
  }

  async #takeBack(): Promise<undefined> {
    for (const clientId of this.#sessions) await this.#close(await this.connect({ clientId }));
    if (this.#retained.size === 0) return;
    const client = await this.connect();
    const topics = [...this.#retained];
    await Promise.all(topics.map((topic) => client.connection.publish(topic, '', { qos: 1, retain: true })));
    await this.#close(client);
  }
}
