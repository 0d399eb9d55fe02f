import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { silentLogger, systemClock } from '../../src/base/index.ts';
import { startBroker } from '../../src/broker/index.ts';
import { type ProbeFinding, probeBroker } from '../../src/probe/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { createInbox } from '../support/inbox.ts';

/** On a busy machine; the sum of the limits of all probes is more. */
export const PATIENCE_MS = 120_000;

interface Served {
  readonly port: number;
  stop(): Promise<unknown>;
}

interface CheckOptions {
  readonly root?: string;
  readonly onFinding?: (finding: ProbeFinding) => void;
  readonly signal?: AbortSignal;
}

export async function served(starting: Promise<Served>): Promise<number> {
  const { port, stop } = await starting;
  onTestFinished(async () => void (await stop()));
  return port;
}

export async function embedded(): Promise<Served> {
  const broker = await startBroker({ port: 0 });
  return { port: broker.port, stop: () => broker.close() };
}

export function check(port: number, options: CheckOptions = {}): Promise<readonly ProbeFinding[]> {
  return probeBroker({
    login: { url: { scheme: 'mqtt', host: '127.0.0.1', port } },
    root: randomUUID(),
    clock: systemClock,
    logger: silentLogger,
    connectTimeoutMs: 2000,
    signal: new AbortController().signal,
    onFinding() {},
    ...options,
  });
}

/** The finding of one probe; what comes behind it is not waited for. */
export function checkUntil(probe: string, port: number, options: CheckOptions = {}): Promise<ProbeFinding> {
  const enough = new AbortController();
  return new Promise((resolve, reject) => {
    const onFinding = (finding: ProbeFinding): void => {
      if (finding.probe !== probe) return;
      resolve(finding);
      enough.abort(new Error('enough'));
    };
    check(port, { ...options, onFinding, signal: enough.signal }).catch(reject);
  });
}

/** The topics below the root that the broker keeps something for. */
export async function keptBelow(port: number, root: string): Promise<readonly string[]> {
  const transport = createMqttTransport({
    url: { scheme: 'mqtt', host: '127.0.0.1', port },
    clientId: `watcher-${randomUUID().slice(0, 8)}`,
    clock: systemClock,
  });
  onTestFinished(() => transport.close());
  const inbox = createInbox();
  transport.open([`${root}/#`], inbox);
  await inbox.event('connected');
  await transport.publish(`${root}/end`, 'end', { qos: 1 });
  await inbox.text('end');
  return inbox.messages.filter(({ retained }) => retained).map(({ topic }) => topic);
}
