import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AgentMessage,
  ALL_NODES,
  type ControlChannel,
  createControlChannel,
  type OutgoingCommand,
} from '../../src/channel/index.ts';
import { AGENT_TOPICS, decodeCommand, type NodeName, parseNodeName } from '../../src/protocol/index.ts';
import {
  type ConnectionEvent,
  createMemoryBroker,
  type MemoryBroker,
  type Transport,
} from '../../src/transport/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createInbox, textOf } from '../support/inbox.ts';
import { createLog } from './log.ts';

const ROOT = 'hall/lab';
const node1 = parseNodeName('node1') ?? expect.fail();
const INFO = {
  v: 1,
  node: 'node1',
  session: 's1',
  version: '1.0.0',
  accepts: ['text', 'envelope'],
  groups: [],
  heartbeatMs: 15_000,
  platform: 'test',
};
const COMMAND: OutgoingCommand = { id: 'c1', run: 'r1', session: 's1', verb: 'START', args: ['a b', ''] };

const clock = createFakeClock();
let log: ReturnType<typeof createLog>;
let channel: ControlChannel;
let broker: MemoryBroker;
let other: Transport;
let inbox: ReturnType<typeof createInbox>;
let received: [NodeName, AgentMessage][];
let events: ConnectionEvent[];

beforeEach(async () => {
  broker = createMemoryBroker();
  log = createLog();
  inbox = createInbox();
  received = [];
  events = [];
  other = broker.connect({ clientId: 'other', clock });
  other.open(['#'], inbox);
  await clock.advance(0);
  await other.publish(`${ROOT}/node1/STATUS`, 'STARTED', { qos: 1, retain: true });
  const transport = broker.connect({ clientId: 'control', clock });
  channel = createControlChannel({ transport, root: ROOT, clock, logger: log.logger, ttlMs: 30_000 });
  channel.open({
    onMessage: (node, message) => received.push([node, message]),
    onConnection: (event) => events.push(event),
  });
  await clock.advance(0);
});
afterEach(async () => {
  await channel.close();
  await other.close();
});

async function publish(topic: string, payload: string | Uint8Array, retain = false): Promise<void> {
  await other.publish(topic, payload, { qos: 1, retain });
  await clock.advance(0);
}

/** What came last, after the retained STARTED of the beginning. */
const latest = (): AgentMessage | undefined => (received.length > 1 ? received.at(-1)?.[1] : undefined);

describe('what agents say', () => {
  it('is heard from the moment the channel is open, with the retained flag', () => {
    expect(events).toEqual([{ kind: 'connected', reconnected: false }]);
    expect(channel.connected).toBe(true);
    expect(received).toEqual([[node1, { kind: 'status', text: 'STARTED', retained: true }]]);
  });

  const messages: readonly (readonly [topic: string, payload: string, message: AgentMessage])[] = [
    ['STATUS', 'STARTED 5201', { kind: 'status', text: 'STARTED 5201', retained: false }],
    ['STATUS', '', { kind: 'status', text: '', retained: false }],
    ['INFO', JSON.stringify(INFO), { kind: 'info', info: INFO, retained: false }],
    ['INFO', '', { kind: 'info', info: undefined, retained: false }],
    [
      'REPLY',
      '{"v":1,"kind":"ack","session":"s1","seq":7,"id":"c1","accepted":true}',
      {
        kind: 'reply',
        reply: { v: 1, kind: 'ack', session: 's1', seq: 7, id: 'c1', accepted: true },
        receivedAt: 0,
      },
    ],
    [
      'OUTPUT',
      '{"session":"s1","n":1,"id":"c1","stream":"stdout","lines":["a"]}',
      { kind: 'output', batch: { session: 's1', n: 1, id: 'c1', stream: 'stdout', lines: ['a'] } },
    ],
    [
      'HEARTBEAT',
      '{"session":"s1","busy":false,"seq":7}',
      { kind: 'heartbeat', heartbeat: { session: 's1', busy: false, seq: 7 } },
    ],
  ];
  it.each(messages)('on %s is decoded: %s', async (topic, payload, message) => {
    await publish(`${ROOT}/node1/${topic}`, payload);
    expect(latest()).toEqual(message);
  });

  it('is told with the name of the node', async () => {
    await publish(`${ROOT}/node-2.b/STATUS`, 'ALIVE');
    expect(received.at(-1)?.[0]).toBe('node-2.b');
  });

  const ignored: readonly (readonly [what: string, topic: string, payload: string, reason: string])[] = [
    ['an INFO of another node', 'node1/INFO', JSON.stringify({ ...INFO, node: 'node2' }), 'of another node'],
    [
      'a report with the INFO of another node',
      'node1/REPLY',
      JSON.stringify({
        v: 1,
        kind: 'report',
        session: 's1',
        seq: 0,
        id: 'c1',
        info: { ...INFO, node: 'node2' },
        status: null,
        lease: null,
        forgotten: 0,
        unfinished: [],
      }),
      'of another node',
    ],
    ['a reply that is not JSON', 'node1/REPLY', 'ALIVE', 'not JSON'],
    ['a reply without its parts', 'node1/REPLY', '{"v":1,"kind":"ack"}', 'ignored a message'],
    ['a reply of another version', 'node1/REPLY', '{"v":2,"kind":"ack"}', 'ignored a message'],
    ['an empty reply', 'node1/REPLY', '', 'not JSON'],
    ['a heartbeat of nobody', 'node1/HEARTBEAT', '{}', 'ignored a message'],
    ['output without lines', 'node1/OUTPUT', '{"session":"s1","n":1}', 'ignored a message'],
  ];
  it.each(ignored)('is ignored with a word in the log: %s', async (_what, topic, payload, reason) => {
    await publish(`${ROOT}/${topic}`, payload);
    expect(latest()).toBeUndefined();
    expect(log.lines).toEqual([expect.stringContaining(reason)]);
    expect(log.lines[0]).toMatch(/^debug: ignored /);
    expect(log.lines[0]).toContain(`${ROOT}/${topic}`);
  });

  it.each([
    'other/node1/STATUS',
    `${ROOT}/node1/COMMAND`,
    `${ROOT}/node1/STATUS/more`,
    `${ROOT}/_all/STATUS`,
  ])('is not looked for on %s', async (topic) => {
    await publish(topic, 'STARTED');
    expect(latest()).toBeUndefined();
    expect(log.lines).toEqual([]);
  });

  it('is ignored when it is not UTF-8', async () => {
    await publish(`${ROOT}/node1/STATUS`, new Uint8Array([0xff, 0xfe]));
    expect(latest()).toBeUndefined();
    expect(log.lines).toEqual([expect.stringContaining('not UTF-8')]);
  });

  it('never throws, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...AGENT_TOPICS),
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        async (topic, bytes) => {
          await publish(`${ROOT}/node1/${topic}`, bytes);
          expect(channel.connected).toBe(true);
        },
      ),
    );
    await publish(`${ROOT}/node1/STATUS`, 'ALIVE');
    expect(latest()).toEqual({ kind: 'status', text: 'ALIVE', retained: false });
  });
});

describe('what the control machine says', () => {
  async function sent(to: NodeName | typeof ALL_NODES, command: OutgoingCommand) {
    const before = inbox.messages.length;
    await channel.send(to, command);
    await clock.advance(0);
    const message = inbox.messages[before] ?? expect.fail('nothing was published');
    const decoded = decodeCommand(message.payload);
    if (!decoded.ok || decoded.value.kind !== 'envelope') return expect.fail('not an envelope');
    return { topic: message.topic, retained: message.retained, envelope: decoded.value.envelope };
  }

  it('is an envelope on the node’s own topic, with the time of sending', async () => {
    await clock.advance(1234);
    const { topic, envelope } = await sent(node1, COMMAND);
    expect(topic).toBe(`${ROOT}/node1/COMMAND`);
    expect(envelope).toEqual({
      v: 1,
      ...COMMAND,
      clock: expect.any(String),
      sent: clock.now(),
      ttlMs: 30_000,
    });
  });

  it('may be for everybody, and needs no run and no session', async () => {
    const { topic, envelope } = await sent(ALL_NODES, { ...COMMAND, run: undefined, session: undefined });
    expect(topic).toBe(`${ROOT}/_all/COMMAND`);
    expect(envelope).not.toHaveProperty('run');
    expect(envelope).not.toHaveProperty('session');
  });

  it('is plain text for those who read nothing else', async () => {
    await channel.sendText(node1, 'START "a b"');
    await clock.advance(0);
    const message = inbox.messages.at(-1) ?? expect.fail();
    expect([message.topic, textOf(message)]).toEqual([`${ROOT}/node1/COMMAND`, 'START "a b"']);
  });

  it('is never retained', async () => {
    await channel.send(node1, COMMAND);
    await channel.sendText(node1, 'START');
    await channel.send(ALL_NODES, COMMAND);
    const late = createInbox();
    const transport = broker.connect({ clientId: 'late', clock });
    transport.open([`${ROOT}/+/COMMAND`], late);
    await clock.advance(0);
    await transport.close();
    expect(late.messages).toEqual([]);
  });

  it('names one clock until a new one is taken', async () => {
    const first = (await sent(node1, COMMAND)).envelope.clock;
    expect((await sent(ALL_NODES, COMMAND)).envelope.clock).toBe(first);
    channel.renewClock();
    expect((await sent(node1, COMMAND)).envelope.clock).not.toBe(first);
  });

  it('is rejected while there is no connection, and not sent later', async () => {
    await channel.close();
    await expect(channel.send(node1, COMMAND)).rejects.toThrow(/not connected/);
    await expect(channel.sendText(node1, 'START')).rejects.toThrow(/not connected/);
    expect(channel.connected).toBe(false);
  });
});
