import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AgentChannel,
  agentWill,
  type ControlMessage,
  createAgentChannel,
} from '../../src/channel/index.ts';
import { parseNodeName } from '../../src/protocol/index.ts';
import {
  type ConnectionEvent,
  createMemoryBroker,
  type MemoryBroker,
  type Transport,
} from '../../src/transport/index.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createInbox } from '../support/inbox.ts';
import { createLog } from './log.ts';

const ROOT = 'hall/lab';
const node = parseNodeName('node1') ?? expect.fail();
const ENVELOPE = {
  v: 1,
  id: 'c1',
  run: 'r1',
  session: 's1',
  verb: 'START',
  args: ['a b'],
  clock: 'k',
  sent: 5,
  ttlMs: 30_000,
};
const INFO = {
  v: 1,
  node: 'node1',
  session: 's1',
  version: '1.0.0',
  accepts: ['text', 'envelope'],
  groups: ['clients'],
  heartbeatMs: 15_000,
  platform: 'test',
};
const ACK = { v: 1, kind: 'ack', session: 's1', seq: 1, id: 'c1', accepted: true } as const;

const clock = createFakeClock();
let broker: MemoryBroker;
let log: ReturnType<typeof createLog>;
let channel: AgentChannel;
let other: Transport;
let inbox: ReturnType<typeof createInbox>;
let received: ControlMessage[];
let events: ConnectionEvent[];

beforeEach(async () => {
  broker = createMemoryBroker();
  log = createLog();
  inbox = createInbox();
  received = [];
  events = [];
  other = broker.connect({ clientId: 'other', clock });
  other.open(['#'], inbox);
  const transport = broker.connect({ clientId: 'agent', clock, will: agentWill(ROOT, node, 's1') });
  channel = createAgentChannel({
    transport,
    root: ROOT,
    node,
    groups: ['clients', 'upstairs'],
    clock,
    logger: log.logger,
  });
  channel.open({
    onMessage: (message) => received.push(message),
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

describe('what reaches an agent', () => {
  it('is an envelope on its own topic, with the time of its arrival', async () => {
    await clock.advance(77);
    await publish(`${ROOT}/node1/COMMAND`, JSON.stringify(ENVELOPE));
    expect(received).toEqual([
      {
        kind: 'command',
        command: { kind: 'envelope', envelope: ENVELOPE },
        topic: 'own',
        retained: false,
        receivedAt: clock.now(),
      },
    ]);
  });

  it('is plain text, in words', async () => {
    await publish(`${ROOT}/node1/COMMAND`, 'START "a b" c');
    expect(received).toMatchObject([{ command: { kind: 'text', verb: 'START', args: ['a b', 'c'] } }]);
  });

  it.each(['_all', '_group/clients', '_group/upstairs'])('is shared on %s', async (level) => {
    await publish(`${ROOT}/${level}/COMMAND`, JSON.stringify(ENVELOPE));
    expect(received).toMatchObject([{ kind: 'command', topic: 'shared' }]);
  });

  it.each(['node2', '_group/others'])('is nothing of %s', async (level) => {
    await publish(`${ROOT}/${level}/COMMAND`, JSON.stringify(ENVELOPE));
    expect(received).toEqual([]);
  });

  it('says when a command was retained', async () => {
    await channel.close();
    await publish(`${ROOT}/node1/COMMAND`, 'START', true);
    const late: ControlMessage[] = [];
    const transport = broker.connect({ clientId: 'late', clock });
    const lateChannel = createAgentChannel({
      transport,
      root: ROOT,
      node,
      groups: [],
      clock,
      logger: log.logger,
    });
    lateChannel.open({ onMessage: (message) => late.push(message), onConnection: () => {} });
    await clock.advance(0);
    expect(late).toMatchObject([{ kind: 'command', retained: true }]);
    await lateChannel.close();
  });

  it('is its own STATUS, INFO and HEARTBEAT as the broker has them', async () => {
    await publish(`${ROOT}/node1/STATUS`, 'OFFLINE s0');
    await publish(`${ROOT}/node1/INFO`, JSON.stringify(INFO));
    await publish(`${ROOT}/node1/INFO`, '');
    await publish(`${ROOT}/node1/HEARTBEAT`, '{"session":"s2","busy":false,"seq":0,"claim":true}');
    expect(received).toMatchObject([
      { kind: 'own-status', text: 'OFFLINE s0', retained: false },
      { kind: 'own-info', info: INFO },
      { kind: 'own-info', info: undefined },
      { kind: 'own-heartbeat', heartbeat: { session: 's2', claim: true } },
    ]);
  });

  const ignored: readonly (readonly [what: string, payload: string | Uint8Array, reason: string])[] = [
    ['nothing', '', 'it is empty'],
    ['bytes that are not UTF-8', new Uint8Array([0xff]), 'not UTF-8'],
    ['half an envelope', '{"v":1', 'not JSON'],
    ['an envelope without its parts', '{"v":1}', 'ignored a message'],
    ['an envelope of another version', JSON.stringify({ ...ENVELOPE, v: 2 }), 'ignored a message'],
    ['a NUL character', 'START \0', 'NUL'],
  ];
  it.each(ignored)('is ignored with a warning: %s', async (_what, payload, reason) => {
    await publish(`${ROOT}/node1/COMMAND`, payload);
    expect(received).toEqual([]);
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toMatch(/^warn: ignored a message on hall\/lab\/node1\/COMMAND: /);
    expect(log.lines[0]).toContain(reason);
  });

  it('never throws, whatever the bytes', async () => {
    const topics = ['node1/COMMAND', '_all/COMMAND', 'node1/STATUS', 'node1/INFO', 'node1/HEARTBEAT'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...topics),
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        async (topic, bytes) => {
          await publish(`${ROOT}/${topic}`, bytes);
          expect(channel.connected).toBe(true);
        },
      ),
    );
    received.length = 0;
    await publish(`${ROOT}/node1/COMMAND`, 'STOP');
    expect(received).toHaveLength(1);
  });
});

describe('what an agent says', () => {
  it('goes to its topics', async () => {
    channel.info(INFO);
    channel.status('ALIVE');
    channel.reply(ACK);
    channel.heartbeat({ session: 's1', busy: true, seq: 1 });
    void channel.output({ session: 's1', n: 1, stream: 'stdout', lines: ['a'] });
    await channel.flush();
    await clock.advance(0);
    expect(inbox.messages.map(({ topic }) => topic)).toEqual(
      ['INFO', 'STATUS', 'REPLY', 'HEARTBEAT', 'OUTPUT'].map((kind) => `${ROOT}/node1/${kind}`),
    );
    expect(inbox.texts(`${ROOT}/node1/STATUS`)).toEqual(['ALIVE']);
    expect(JSON.parse(inbox.texts(`${ROOT}/node1/REPLY`)[0] ?? '')).toEqual(ACK);
    expect(JSON.parse(inbox.texts(`${ROOT}/node1/INFO`)[0] ?? '')).toEqual(INFO);
  });

  it('leaves STATUS and INFO behind, nothing else, and INFO can be cleared', async () => {
    channel.info(INFO);
    channel.status('STARTED');
    channel.reply(ACK);
    channel.heartbeat({ session: 's1', busy: true, seq: 1 });
    await channel.output({ session: 's1', n: 1, stream: 'stdout', lines: ['a'] });
    const left = async (clientId: string): Promise<string[]> => {
      const late = createInbox();
      const transport = broker.connect({ clientId, clock });
      transport.open(['#'], late);
      await clock.advance(0);
      await transport.close();
      return late.messages.map(({ topic }) => topic.replace(`${ROOT}/node1/`, ''));
    };
    expect(await left('late1')).toEqual(['INFO', 'STATUS']);
    channel.info(undefined);
    await channel.flush();
    expect(await left('late2')).toEqual(['STATUS']);
  });

  it('is a will that names the session', async () => {
    broker.drop('agent');
    await clock.advance(0);
    expect(inbox.texts(`${ROOT}/node1/STATUS`)).toEqual(['OFFLINE s1']);
    expect(events.map(({ kind }) => kind)).toEqual(['connected', 'disconnected']);
  });

  it('is gone while the broker is: nothing flies out late', async () => {
    broker.stop();
    await clock.advance(0);
    expect(channel.connected).toBe(false);
    channel.reply(ACK);
    channel.status('STARTED');
    await channel.output({ session: 's1', n: 1, stream: 'stdout', lines: ['a'] });
    broker.start();
    await clock.advance(10_000);
    expect(channel.connected).toBe(true);
    expect(inbox.texts()).toEqual([]);
  });

  it('that was under way when the connection broke is given up, and logged', async () => {
    const output = channel.output({ session: 's1', n: 1, stream: 'stdout', lines: ['a'] });
    channel.reply(ACK);
    broker.drop('agent');
    await output;
    await channel.flush();
    expect(log.lines).toHaveLength(2);
    expect(log.lines[0]).toMatch(/^debug: could not publish on hall\/lab\/node1\/OUTPUT: /);
  });

  it('tells when output has reached the broker, so that its sender can wait', async () => {
    broker.freeze('agent');
    let isDone = false;
    const output = channel.output({ session: 's1', n: 1, stream: 'stdout', lines: ['a'] }).then(() => {
      isDone = true;
    });
    await clock.advance(9000);
    expect(isDone).toBe(false);
    await clock.advance(1000);
    await output;
  });

  it('waits in no queue that grows: beyond five thousand unconfirmed messages it is dropped', async () => {
    broker.freeze('agent');
    for (let message = 0; message < 6000; message += 1) channel.reply(ACK);
    let isDropped = false;
    void channel.output({ session: 's1', n: 1, stream: 'stdout', lines: ['a'] }).then(() => {
      isDropped = true;
    });
    await clock.advance(0);
    expect(isDropped).toBe(true);
    expect(clock.pendingTimers()).toBeLessThanOrEqual(5001);
    await clock.advance(10_000);
    await channel.flush();
  });
});
