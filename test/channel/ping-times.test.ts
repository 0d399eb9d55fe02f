import { beforeEach, expect, it } from 'vitest';
import { type Clock, silentLogger } from '../../src/base/index.ts';
import {
  type AgentMessage,
  type ControlMessage,
  createAgentChannel,
  createControlChannel,
} from '../../src/channel/index.ts';
import { decodeCommand, decodeReply, parseNodeName } from '../../src/protocol/index.ts';
import type { Transport, TransportListeners } from '../../src/transport/index.ts';

/** One reading later than the one before, each time it is read. */
const ticking: Clock = { now: () => ++reads, wallNow: () => 0, setTimer: () => () => {} };
const node1 = parseNodeName('node1') ?? expect.fail();
let reads = 0;
let published: { topic: string; payload: string; qos: number; atRead: number }[];
let listeners: TransportListeners;
beforeEach(() => {
  reads = 0;
  published = [];
});

/** Takes everything at once, and remembers how often the clock had been read by then. */
const transport: Transport = {
  connected: true,
  open(_filters, given) {
    listeners = given;
  },
  publish(topic, payload, { qos }) {
    published.push({ topic, payload: String(payload), qos, atRead: reads });
    return Promise.resolve();
  },
  close: () => Promise.resolve(),
};
const options = { transport, root: 'lab', clock: ticking, logger: silentLogger };
const bytes = (message: object): Uint8Array => new TextEncoder().encode(JSON.stringify(message));
const PONG = { v: 1, kind: 'pong', session: 's1', seq: 0, id: 'p1', t0: 1, t1: 2, t2: 3 } as const;

it('a ping goes out at once or never, with the time of its write', async () => {
  const channel = createControlChannel({ ...options, ttlMs: 30_000 });
  await channel.ping(node1, 'p1');
  const [{ topic, payload, qos, atRead } = expect.fail()] = published;
  expect([topic, qos]).toEqual(['lab/node1/COMMAND', 0]);
  const decoded = decodeCommand(new TextEncoder().encode(payload));
  if (!decoded.ok || decoded.value.kind !== 'envelope') return expect.fail();
  expect(decoded.value.envelope).toMatchObject({ id: 'p1', verb: '_ping', args: [], sent: atRead });
  expect(decoded.value.envelope.session).toBeUndefined();
});

it('every other command goes out with QoS 1, the ping that goes before commands too', async () => {
  const channel = createControlChannel({ ...options, ttlMs: 30_000 });
  for (const verb of ['_ping', 'START']) {
    await channel.send(node1, { id: 'c1', run: undefined, session: undefined, verb, args: [] });
  }
  expect(published.map(({ qos }) => qos)).toEqual([1, 1]);
});

it('the time of a pong’s arrival is taken before anything else is done', () => {
  const received: AgentMessage[] = [];
  const channel = createControlChannel({ ...options, ttlMs: 30_000 });
  channel.open({ onMessage: (_node, message) => received.push(message), onConnection() {} });
  reads = 100;
  listeners.onMessage({ topic: 'lab/node1/REPLY', payload: bytes(PONG), retained: false });
  expect(received).toEqual([{ kind: 'reply', reply: PONG, receivedAt: 101 }]);
});

it('so is that of a ping’s', () => {
  const received: ControlMessage[] = [];
  const channel = createAgentChannel({ ...options, node: node1, groups: [] });
  channel.open({ onMessage: (message) => received.push(message), onConnection() {} });
  reads = 200;
  const ping = { v: 1, id: 'p1', verb: '_ping', args: [], clock: 'k', sent: 1, ttlMs: 30_000 };
  listeners.onMessage({ topic: 'lab/node1/COMMAND', payload: bytes(ping), retained: false });
  expect(received).toEqual([expect.objectContaining({ kind: 'command', receivedAt: 201 })]);
});

it('a pong goes out at once or never, with the time of its write; other replies with QoS 1', () => {
  const channel = createAgentChannel({ ...options, node: node1, groups: [] });
  reads = 300;
  channel.reply(PONG);
  channel.reply({ v: 1, kind: 'ack', session: 's1', seq: 1, id: 'c1', accepted: true });
  const [pong = expect.fail(), ack = expect.fail()] = published;
  expect(decodeReply(new TextEncoder().encode(pong.payload))).toEqual({
    ok: true,
    value: { ...PONG, t2: 301 },
  });
  expect([pong.atRead, pong.qos, ack.qos]).toEqual([301, 0, 1]);
});
