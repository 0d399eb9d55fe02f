import { randomUUID } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger, systemClock } from '../../src/base/index.ts';
import { startBroker } from '../../src/broker/index.ts';
import { type Finding, probeBroker } from '../../src/probe/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { createInbox } from '../support/inbox.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { startNats } from '../support/nats.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

/** On a busy machine; the sum of the limits of all probes is more. */
const PATIENCE_MS = 120_000;

/** How quick a broker is depends on the machine too: only one that is slow by design is asked. */
const SPEED = 'round-trip';

const NEEDED = [
  'qos-1',
  'qos-0',
  'permissions',
  'retained',
  'retained-cleared',
  'payload-262144',
  'name-plain',
];

interface Served {
  readonly port: number;
  stop(): Promise<unknown>;
}

interface CheckOptions {
  readonly root?: string;
  readonly onFinding?: (finding: Finding) => void;
  readonly signal?: AbortSignal;
}

async function served(starting: Promise<Served>): Promise<number> {
  const { port, stop } = await starting;
  onTestFinished(async () => void (await stop()));
  return port;
}

async function embedded(): Promise<Served> {
  const broker = await startBroker({ port: 0 });
  return { port: broker.port, stop: () => broker.close() };
}

function check(port: number, options: CheckOptions = {}): Promise<readonly Finding[]> {
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
function checkUntil(probe: string, port: number, options: CheckOptions): Promise<Finding> {
  const enough = new AbortController();
  return new Promise((resolve, reject) => {
    const onFinding = (finding: Finding): void => {
      if (finding.probe !== probe) return;
      resolve(finding);
      enough.abort(new Error('enough'));
    };
    check(port, { ...options, onFinding, signal: enough.signal }).catch(reject);
  });
}

/** What does not work, apart from how quick it is. */
function failures(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ probe, outcome }) => outcome !== 'works' && probe !== SPEED)
    .map(({ probe }) => probe);
}

function found(findings: readonly Finding[], probe: string): Finding | undefined {
  return findings.find((each) => each.probe === probe);
}

/** The topics below the root that the broker keeps something for. */
async function keptBelow(port: number, root: string): Promise<readonly string[]> {
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

it('has nothing against the embedded broker', { timeout: PATIENCE_MS }, async () => {
  const port = await served(embedded());
  const root = randomUUID();
  const told: Finding[] = [];
  const findings = await check(port, { root, onFinding: (finding) => told.push(finding) });
  expect(failures(findings)).toEqual(['shared-subscription']);
  expect(told).toEqual(findings);
  const needed = findings.filter(({ importance }) => importance === 'needed').map(({ probe }) => probe);
  expect(needed).toEqual(NEEDED);
  expect(await keptBelow(port, root)).toEqual([]);
});

it('has nothing against mosquitto as we ask for it', { timeout: PATIENCE_MS }, async () => {
  const port = await served(startMosquitto());
  const root = randomUUID();
  expect(failures(await check(port, { root }))).toEqual([]);
  expect(await keptBelow(port, root)).toEqual([]);
});

it('finds what mosquitto as it comes loses and delays, and names the settings', {
  timeout: PATIENCE_MS,
}, async () => {
  const port = await served(startMosquitto({ limits: 'default', noDelay: false }));
  const findings = await check(port);
  expect(failures(findings)).toEqual(['burst', 'many-retained']);
  for (const probe of ['burst', 'many-retained']) {
    expect(found(findings, probe)).toMatchObject({
      importance: 'wanted',
      detail: expect.stringMatching(/^1020 of \d+ /),
      remedy: expect.stringContaining('max_queued_messages 0 and max_inflight_messages 0'),
    });
  }
  expect(found(findings, SPEED)).toMatchObject({
    importance: 'wanted',
    outcome: 'fails',
    remedy: expect.stringContaining('set_tcp_nodelay true'),
  });
});

it('finds what NATS refuses, of which nothing is needed', { timeout: PATIENCE_MS }, async () => {
  const port = await served(startNats());
  const root = randomUUID();
  const findings = await check(port, { root });
  expect(failures(findings)).toEqual(['name-dot', 'name-space', 'qos-2', 'shared-subscription']);
  expect(found(findings, 'name-dot')).toMatchObject({
    importance: 'wanted',
    detail: 'the broker closed the connection',
    remedy: expect.stringContaining('without a dot'),
  });
  expect(await keptBelow(port, root)).toEqual([]);
});

// With limits it acknowledges what it withholds; without, it ends the connection of whoever publishes it.
it.each(['default', 'none'] as const)(
  'names the topics that the broker withholds, mosquitto with limits %s',
  {
    timeout: PATIENCE_MS,
  },
  async (limits) => {
    const acl = 'topic readwrite lab/#\ntopic deny lab/_all/COMMAND\ntopic deny lab/+/INFO\n';
    const port = await served(startMosquitto({ limits, config: 'acl_file acl', files: { acl } }));
    expect(await checkUntil('permissions', port, { root: 'lab' })).toMatchObject({
      importance: 'needed',
      outcome: 'fails',
      detail: expect.stringMatching(
        /^not delivered: lab\/_all\/COMMAND at the agent, lab\/_check-\w+\/INFO at the control machine, lab\/_check-\w+\/INFO at the agent$/,
      ),
      remedy: expect.stringContaining('docs/reference/protocol.md'),
    });
  },
);

it('skips the rest where nothing below the root arrives', { timeout: PATIENCE_MS }, async () => {
  const acl = 'topic read lab/#\n';
  const limits = 'default';
  const port = await served(startMosquitto({ limits, config: 'acl_file acl', files: { acl } }));
  const [first, ...rest] = await check(port, { root: 'lab' });
  expect(first).toMatchObject({ probe: 'qos-1', outcome: 'fails', detail: '0 of 100 messages arrived' });
  expect(new Set(rest.map(({ outcome }) => outcome))).toEqual(new Set(['skipped']));
});

it('leaves nothing behind when it is interrupted', { timeout: PATIENCE_MS }, async () => {
  const port = await served(embedded());
  const root = randomUUID();
  const interrupt = new AbortController();
  const watcher = createInbox();
  const transport = createMqttTransport({
    url: { scheme: 'mqtt', host: '127.0.0.1', port },
    clientId: 'interrupter',
    clock: systemClock,
  });
  onTestFinished(() => transport.close());
  transport.open([`${root}/+/many-retained/+`], {
    ...watcher,
    onMessage: () => interrupt.abort(new Error('interrupted')),
  });
  await watcher.event('connected');
  await expect(check(port, { root, signal: interrupt.signal })).rejects.toThrow('interrupted');
  expect(await keptBelow(port, root)).toEqual([]);
});

it('says that the broker was lost on the way', { timeout: PATIENCE_MS }, async () => {
  const wire = await startTcpProxy(await served(embedded()));
  onTestFinished(() => wire.close());
  const onFinding = ({ probe }: Finding): void => {
    if (probe === 'permissions') void wire.close();
  };
  await expect(check(wire.port, { onFinding })).rejects.toMatchObject({
    code: 'BROKER_UNREACHABLE',
    message: expect.stringMatching(/was lost during the check: nothing listens/),
  });
});
