import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createId, systemClock } from '../../src/base/index.ts';
import { startBroker } from '../../src/broker/index.ts';
import { createMemoryBroker, createMqttTransport, type Message } from '../../src/transport/index.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { startTestAgent, type TestAgent } from './test-agent.ts';
import { type Connect, ROOT, startControl, type TestControl } from './test-control.ts';

interface TestBroker {
  /** As a user, where the broker knows users. */
  readonly connectAs: (user: string) => Connect;
  close(): Promise<void>;
}

/** As `docs` and the packaged example have it: an agent's user is its node's name. */
const ACL = `
user control
topic readwrite ${ROOT}/#
pattern read ${ROOT}/%u/COMMAND
topic read ${ROOT}/_all/COMMAND
topic read ${ROOT}/_group/+/COMMAND
pattern readwrite ${ROOT}/%u/STATUS
pattern readwrite ${ROOT}/%u/INFO
pattern readwrite ${ROOT}/%u/HEARTBEAT
pattern write ${ROOT}/%u/REPLY
pattern write ${ROOT}/%u/OUTPUT
`;

const BROKERS: readonly { readonly name: string; readonly start: () => Promise<TestBroker> }[] = [
  { name: 'the memory broker', start: startMemoryBroker },
  { name: 'the embedded broker', start: startEmbeddedBroker },
  { name: 'mosquitto', start: () => startRealMosquitto() },
  { name: 'mosquitto with access rules', start: () => startRealMosquitto(ACL) },
];

const SCRIPT = `
initFunction() { touch initialised; }
startFunction() { echo "started by $MY_TOPIC"; }
`;

describe.each(BROKERS)('on $name', ({ start }) => {
  let broker: TestBroker;
  let control: TestControl;
  let node: string;
  beforeAll(async () => {
    broker = await start();
  });
  afterAll(() => broker.close());
  beforeEach(async () => {
    // The rules know an agent by its user, and each test has a node of its own.
    node = `n${createId().slice(0, 8)}`;
    control = await startControl(broker.connectAs('control'), node);
  });
  const startAgent = (): TestAgent => startTestAgent(broker.connectAs(node), SCRIPT, { node });
  const sessionOf = async (): Promise<string> => (await control.report()).session;

  test('a second agent of a name ends with a clear error, and the first one notices nothing', async () => {
    const first = startAgent();
    await control.status('ALIVE');
    const session = await sessionOf();
    for (let n = 0; n < 3; n += 1) {
      const second = startAgent();
      await expect(second.ended).rejects.toMatchObject({
        code: 'NAME_TAKEN',
        message: `another agent has the name ${node}: session ${session}, version 0.0.0-test on ${process.platform} ${process.arch} node ${process.versions.node}`,
        hint: 'end that agent first, or start this one under another name',
      });
      expect(existsSync(join(second.folder, 'initialised'))).toBe(false);
    }
    expect(first.log.filter((line) => line.includes("wants this node's name"))).toHaveLength(3);

    expect(await control.run('START')).toMatchObject({ outcome: 'ok', session });
    const later = await startControl(broker.connectAs('control'), node);
    const info = await later.until(() => later.messages.find(({ kind }) => kind === 'info'));
    expect(info).toMatchObject({ info: { session }, retained: true });
    expect(control.statuses()).toEqual(['ALIVE', 'STARTED']);
  });

  test('of two that start together one remains', async () => {
    const agents = [startAgent(), startAgent()];
    const loser = await Promise.race(agents.map(({ ended }) => ended.catch((thrown: unknown) => thrown)));
    expect(loser).toMatchObject({ code: 'NAME_TAKEN' });
    await control.status('ALIVE');
    expect(await control.run('START')).toMatchObject({ outcome: 'ok' });
    expect(new Set(control.replies('result').map(({ session }) => session)).size).toBe(1);
  });

  test.each([
    { what: 'no last word', status: 'STARTED' },
    { what: 'a last word of another session', status: 'OFFLINE other' },
    { what: 'OFFLINE as its last word', status: 'OFFLINE dead' },
  ])('takes over from a session that left its INFO and $what', async ({ status }) => {
    await control.leave('STATUS', status);
    await control.leave('INFO', JSON.stringify(infoOf(node, 'dead')));
    const agent = startAgent();
    await control.status('ALIVE');
    expect(await sessionOf()).not.toBe('dead');
    expect(await control.run('START')).toMatchObject({ outcome: 'ok' });
    expect(agent.log.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  test('starts again at once after a clean end', async () => {
    await startAgentAndEnd();
    const again = startAgent();
    await control.until(() =>
      control.statuses().filter((text) => text === 'ALIVE').length === 2 ? true : undefined,
    );
    expect(again.log.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  test('a running agent says in its log that another one uses its name', async () => {
    const agent = startAgent();
    await control.status('ALIVE');
    await control.leave('INFO', JSON.stringify(infoOf(node, 'newer')));
    await control.leave('INFO', JSON.stringify(infoOf(node, 'newer')));
    await control.run('START');
    const said = agent.log.filter((line) => line.includes('another agent runs under'));
    expect(said).toEqual([
      "warn another agent runs under this node's name (session newer, version 1.2.3 on other): end one of the two, or commands run twice",
    ]);
  });

  async function startAgentAndEnd(): Promise<void> {
    const agent = startAgent();
    await control.status('ALIVE');
    await agent.end();
    await control.status('TERMINATED');
  }
});

test('an agent that was away while another took its name ends', async () => {
  const memory = createMemoryBroker();
  const connect: Connect = (clientId, will) =>
    memory.connect({ clientId, ...(will && { will }), clock: systemClock });
  const control = await startControl(connect);
  const first = startTestAgent(connect, SCRIPT);
  await control.status('ALIVE');
  memory.freeze(first.clientId);
  const second = startTestAgent(connect, SCRIPT);
  await control.until(() =>
    control.statuses().filter((text) => text === 'ALIVE').length === 2 ? true : undefined,
  );
  memory.drop(first.clientId);

  await expect(first.ended).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  expect(control.statuses()).not.toContain('TERMINATED');
  expect(control.messages.some((message) => message.kind === 'info' && message.info === undefined)).toBe(
    false,
  );
  expect(second.log.join()).toContain("another agent wants this node's name");
  expect(await control.run('START')).toMatchObject({ outcome: 'ok' });
});

test('a broker that hands out what it retained late makes the second agent end all the same', async () => {
  const broker = await startEmbeddedBroker();
  try {
    const connect = broker.connectAs('');
    const control = await startControl(connect);
    startTestAgent(connect, SCRIPT);
    await control.status('ALIVE');
    const second = startTestAgent(retainedLate(connect), SCRIPT);
    await expect(second.ended).rejects.toMatchObject({ code: 'NAME_TAKEN' });
    expect(await control.run('START')).toMatchObject({ outcome: 'ok' });
  } finally {
    await broker.close();
  }
});

/** What was retained is handed on only after the first HEARTBEAT. */
function retainedLate(connect: Connect): Connect {
  return (clientId, will) => {
    const transport = connect(clientId, will);
    return {
      get connected() {
        return transport.connected;
      },
      open(filters, { onMessage, onConnection }) {
        const late: Message[] = [];
        transport.open(filters, {
          onConnection,
          onMessage(message) {
            if (message.retained) late.push(message);
            else onMessage(message);
            if (message.topic.endsWith('/HEARTBEAT')) for (const each of late.splice(0)) onMessage(each);
          },
        });
      },
      publish: (topic, payload, options) => transport.publish(topic, payload, options),
      close: () => transport.close(),
    };
  };
}

test('without the right to read its HEARTBEAT an agent works, and says what it cannot notice', async () => {
  const narrow = ACL.replace(`pattern readwrite ${ROOT}/%u/HEARTBEAT`, `pattern write ${ROOT}/%u/HEARTBEAT`);
  const broker = await startRealMosquitto(narrow);
  try {
    const control = await startControl(broker.connectAs('control'));
    const agent = startTestAgent(broker.connectAs('node1'), SCRIPT);
    await control.status('ALIVE');
    expect(await control.run('START')).toMatchObject({ outcome: 'ok' });
    expect(agent.log.filter((line) => line.startsWith('warn'))).toEqual([
      "warn the broker does not hand back this agent's HEARTBEAT: a second agent of its name would go unnoticed (allow it to read its INFO and HEARTBEAT)",
    ]);
    await agent.end();
  } finally {
    await broker.close();
  }
});

function infoOf(node: string, session: string): object {
  return {
    v: 1,
    node,
    session,
    version: '1.2.3',
    accepts: ['text', 'envelope'],
    groups: [],
    heartbeatMs: 15_000,
    platform: 'other',
  };
}

function startMemoryBroker(): Promise<TestBroker> {
  const memory = createMemoryBroker();
  const connect: Connect = (clientId, will) =>
    memory.connect({ clientId, ...(will && { will }), clock: systemClock });
  return Promise.resolve({ connectAs: () => connect, close: () => Promise.resolve() });
}

async function startEmbeddedBroker(): Promise<TestBroker> {
  const broker = await startBroker({ port: 0 });
  return { connectAs: () => connectTo(broker.port), close: () => broker.close() };
}

/** Without passwords it takes everybody at his word, and the rules go by that. */
async function startRealMosquitto(acl?: string): Promise<TestBroker> {
  const mosquitto: Mosquitto = await startMosquitto(
    acl === undefined ? {} : { config: 'acl_file acl', files: { acl } },
  );
  return {
    connectAs: (user) => connectTo(mosquitto.port, acl === undefined ? undefined : user),
    close: () => mosquitto.stop(),
  };
}

function connectTo(port: number, username?: string): Connect {
  const url = { scheme: 'mqtt', host: '127.0.0.1', port } as const;
  return (clientId, will) =>
    createMqttTransport({
      url,
      clientId,
      ...(will && { will }),
      ...(username !== undefined && { username }),
      clock: systemClock,
    });
}
