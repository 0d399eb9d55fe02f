import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import type { ProbeFinding } from '../../src/probe/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { createInbox } from '../support/inbox.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { PUBLISH, startTcpProxy } from '../support/tcp-proxy.ts';
import { check, checkUntil, embedded, keptBelow, PATIENCE_MS, served } from './checks.ts';

it('finds that one who does not read holds up all others, as in aedes by itself', {
  timeout: PATIENCE_MS,
}, async () => {
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  onTestFinished(() => new Promise<void>((resolve) => aedes.close(resolve)));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await checkUntil('slow-reader', port)).toMatchObject({
    importance: 'wanted',
    outcome: 'fails',
    detail: expect.stringMatching(/^the others got \d{1,3} of 1000 messages meanwhile$/),
  });
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
  const onFinding = ({ probe }: ProbeFinding): void => {
    if (probe === 'permissions') void wire.close();
  };
  await expect(check(wire.port, { onFinding })).rejects.toMatchObject({
    code: 'BROKER_UNREACHABLE',
    message: expect.stringMatching(/was lost during the check: nothing listens/),
  });
});

// Where a promise is left alone meanwhile, its rejection is nobody's, and ends the program as a bug.
it.each([
  ['the check is interrupted', 'interrupt'],
  ['the broker goes away', 'sever'],
] as const)(
  'ends in order when %s while a message is on its way',
  async (_, what) => {
    const wire = await startTcpProxy(await served(embedded()));
    onTestFinished(() => wire.close());
    const interrupt = new AbortController();
    const underWay = wire.disturb(
      'swallowed',
      ({ type, text }) => type === PUBLISH && text.includes('/round-trip/far'),
    );
    const checking = expect(check(wire.port, { signal: interrupt.signal })).rejects;
    const ended =
      what === 'interrupt'
        ? checking.toThrow('interrupted')
        : checking.toMatchObject({
            code: 'BROKER_UNREACHABLE',
            message: expect.stringMatching(/was lost during the check/),
          });
    await underWay;
    if (what === 'interrupt') interrupt.abort(new Error('interrupted'));
    else wire.sever();
    await ended;
  },
  PATIENCE_MS,
);
