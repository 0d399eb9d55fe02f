import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { startBroker } from '../../src/broker/index.ts';
import type { ReplyOf } from '../../src/protocol/index.ts';
import { createMemoryBroker, createMqttTransport, type MemoryBroker } from '../../src/transport/index.ts';
import { startTestAgent, type TestAgent } from './test-agent.ts';
import { type Connect, startControl, type TestControl } from './test-control.ts';

const SCRIPT = `
startFunction() { echo "$*" >>began; }
stopFunction() { :; }
hangFunction() { echo began >>began; sleep 1000; }
`;
/** So far ahead that all is said and done before, also on a machine with much to do. */
const AHEAD_MS = 1500;

let broker: MemoryBroker;
let control: TestControl;

beforeEach(async () => {
  broker = createMemoryBroker();
  control = await startControl(connect);
});

const connect: Connect = (clientId, will) =>
  broker.connect({ clientId, ...(will && { will }), clock: systemClock });

async function startAgent(): Promise<TestAgent> {
  const agent = startTestAgent(connect, SCRIPT);
  await control.status('ALIVE');
  return agent;
}

/** An instant by the clock of the agent, which is asked for it. */
async function soon(from = control): Promise<number> {
  const id = from.send('_ping');
  const { t2 } = await from.until(() => from.replies('pong').find((pong) => pong.id === id));
  return t2 + AHEAD_MS;
}

function ack(id: string, from = control): Promise<ReplyOf<'ack'>> {
  return from.until(() => from.replies('ack').find((reply) => reply.id === id));
}

function fired(id: string, from = control): Promise<ReplyOf<'fired'>> {
  return from.until(() => from.replies('fired').find((reply) => reply.id === id));
}

async function armed(at: number, verb = 'START', ...words: readonly string[]): Promise<string> {
  const id = control.send('_arm', [at.toFixed(3), verb, ...words]);
  expect(await ack(id)).toMatchObject({ accepted: true });
  return id;
}

async function confirmed(at: number, verb = 'START', ...words: readonly string[]): Promise<string> {
  const id = await armed(at, verb, ...words);
  expect(await ack(control.send('_confirm', [id]))).toMatchObject({ accepted: true });
  return id;
}

function began(agent: TestAgent): string {
  const file = join(agent.folder, 'began');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

describe('a command that begins at an instant', () => {
  test('is armed, confirmed, fired and done: each is told, in this order', async () => {
    const agent = await startAgent();
    const at = await soon();
    const id = control.send('_arm', [at.toFixed(3), 'START', '5201', 'a b']);
    const confirm = await ack(id).then(() => control.send('_confirm', [id]));
    await control.result(id);
    const told = control.messages.flatMap((message) =>
      message.kind === 'reply' &&
      [id, confirm].includes('id' in message.reply ? (message.reply.id ?? '') : '')
        ? [message.reply]
        : [],
    );
    expect(told).toMatchObject([
      { kind: 'ack', id, accepted: true, leftMs: expect.any(Number) },
      { kind: 'ack', id: confirm, accepted: true },
      { kind: 'fired', id, stampedBy: 'shell' },
      { kind: 'status', id, text: 'STARTED' },
      { kind: 'result', id, outcome: 'ok', code: 0 },
    ]);
    const { startedMs, uncertaintyMs } = await fired(id);
    expect(startedMs + uncertaintyMs).toBeGreaterThanOrEqual(at - 0.001);
    expect(began(agent)).toBe('5201 a b\n');
  });

  test('fires while its function runs, and is stopped as any other', async () => {
    const agent = await startAgent();
    const id = await confirmed(await soon(), 'HANG');
    await fired(id);
    expect(began(agent)).toBe('began\n');
    expect(control.messages.at(-1)).not.toMatchObject({ kind: 'reply', reply: { kind: 'result' } });
    expect(await control.run('STOP')).toMatchObject({ outcome: 'ok' });
    expect(await control.result(id)).toMatchObject({ outcome: 'cancelled', code: 143 });
  });

  test('makes the agent busy while it waits', async () => {
    await startAgent();
    const at = (await soon()) + 60_000;
    const id = await armed(at);
    expect((await control.report()).unfinished).toEqual([id]);
    control.send('_confirm', [id]);
    expect((await control.report()).unfinished).toEqual([id]);
    expect(await control.run('STOP')).toMatchObject({ outcome: 'ok' });
    expect(await control.result(id)).toMatchObject({ outcome: 'cancelled', stderr: 'by STOP' });
  });

  test('is not begun without a confirmation', async () => {
    const agent = await startAgent();
    const id = await armed(await soon());
    expect(await control.result(id)).toMatchObject({
      outcome: 'expired',
      stderr: 'it was not confirmed 50 ms before its instant, so it was not begun',
    });
    expect(await control.run('START', 'later')).toMatchObject({ outcome: 'ok' });
    expect(began(agent)).toBe('later\n');
  });

  test.each([
    { when: 'armed', prepare: armed },
    { when: 'confirmed', prepare: confirmed },
  ])('is taken back when it is $when', async ({ prepare }) => {
    const agent = await startAgent();
    const id = await prepare((await soon()) + 60_000);
    expect(await ack(control.send('_cancel', [id]))).toMatchObject({ accepted: true });
    expect(await control.result(id)).toMatchObject({ outcome: 'cancelled', stderr: 'by _cancel' });
    expect(await control.run('START', 'later')).toMatchObject({ outcome: 'ok' });
    expect(began(agent)).toBe('later\n');
    expect(control.replies('fired')).toEqual([]);
  });
});

describe('an agent that is cut off', () => {
  /** Nothing passes any more; the link is made again only when the instant is over. */
  async function cutOffUntil(agent: TestAgent, at: number): Promise<void> {
    broker.freeze(agent.clientId);
    await new Promise<void>((resolve) => void systemClock.setTimer(at + 100 - systemClock.now(), resolve));
    broker.drop(agent.clientId);
  }

  test('before the confirmation does not begin, and says so when it is back', async () => {
    const agent = await startAgent();
    const at = await soon();
    const id = await armed(at);
    const back = cutOffUntil(agent, at);
    control.send('_confirm', [id]);
    await back;
    expect(await control.until(() => agent.log.find((line) => line.includes('again')))).toBeDefined();
    expect((await control.report(0)).unfinished).toEqual([]);
    expect(await control.result(id)).toMatchObject({ outcome: 'expired' });
    expect(began(agent)).toBe('');
  });

  test('after it begins all the same: that is the promise', async () => {
    const agent = await startAgent();
    const at = await soon();
    const id = await confirmed(at, 'START', 'promised');
    await cutOffUntil(agent, at);
    await control.until(() => agent.log.find((line) => line.includes('again')));
    await control.report(0);
    const { startedMs, uncertaintyMs } = await fired(id);
    expect(startedMs + uncertaintyMs).toBeGreaterThanOrEqual(at - 0.001);
    expect(await control.result(id)).toMatchObject({ outcome: 'ok' });
    expect(began(agent)).toBe('promised\n');
  });
});

test('over a broker of TCP, two nodes begin at one instant', async () => {
  const embedded = await startBroker({ port: 0 });
  try {
    const overMqtt: Connect = (clientId, will) =>
      createMqttTransport({
        url: { scheme: 'mqtt', host: '127.0.0.1', port: embedded.port },
        clientId,
        ...(will && { will }),
        clock: systemClock,
      });
    const nodes = await Promise.all(
      ['node1', 'node2'].map(async (node) => {
        const from = await startControl(overMqtt, node);
        const agent = startTestAgent(overMqtt, SCRIPT, { node });
        await from.status('ALIVE');
        return { from, agent };
      }),
    );
    const [first] = nodes;
    // The agents live in this process, so that their clocks are one.
    const at = await soon(first?.from);
    const ids = nodes.map(({ from }) => from.send('_arm', [at.toFixed(3), 'START']));
    const acks = await Promise.all(nodes.map(({ from }, n) => ack(ids[n] ?? '', from)));
    expect(acks.map(({ accepted }) => accepted)).toEqual([true, true]);
    for (const [n, { from }] of nodes.entries()) from.send('_confirm', [ids[n] ?? '']);
    const starts = await Promise.all(nodes.map(({ from }, n) => fired(ids[n] ?? '', from)));
    for (const { startedMs, uncertaintyMs } of starts)
      expect(startedMs + uncertaintyMs).toBeGreaterThanOrEqual(at - 0.001);
    for (const { agent } of nodes) await agent.end();
  } finally {
    await embedded.close();
  }
});
