import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger, systemClock } from '../../src/base/index.ts';
import { createControlChannel } from '../../src/channel/index.ts';
import type { RunEvent } from '../../src/events/index.ts';
import { parseTextPlaybook } from '../../src/playbook/index.ts';
import { runPlaybook } from '../../src/run/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { type Mosquitto, startMosquitto } from '../support/mosquitto.ts';
import { createScriptedAgent, type ScriptedAgent } from '../support/scripted-agent.ts';

/** More than mosquitto keeps for one client unless told otherwise: 20 under way and 1,000 waiting. */
const AGENTS = 1500;
const ROOT = 'lab';

let mosquitto: Mosquitto | undefined;
let agents: readonly ScriptedAgent[] = [];
beforeAll(async () => {
  mosquitto = await startMosquitto({ limits: 'default' });
  agents = Array.from({ length: AGENTS }, (_, index) =>
    createScriptedAgent({
      createTransport: (clientId, will) => createTransport(clientId.slice(0, 40), will),
      clock: systemClock,
      root: ROOT,
      node: `node${index + 1}`,
      // All at once: what they say then is more than the broker keeps.
      script: { startFunction: { takesMs: 1000 }, stopFunction: {} },
    }),
  );
  await Promise.all(agents.map(({ alive }) => alive));
});
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.close()));
  await mosquitto?.stop();
});

function createTransport(clientId: string, will?: { readonly topic: string; readonly payload: string }) {
  const url = { scheme: 'mqtt', host: '127.0.0.1', port: mosquitto?.port ?? 0 } as const;
  return createMqttTransport({ url, clientId, will, clock: systemClock, connectTimeoutMs: 30_000 });
}

it('loses nothing of a fleet that is larger than the queue of a mosquitto with its default limits', async () => {
  const { value: playbook } = parseTextPlaybook(
    'SEND * START\nWAITFOR * STARTED\nSEND * STOP\nWAITFOR * STOPPED',
    'test',
  );
  if (!playbook) throw new Error('the playbook is wrong');
  const events: RunEvent[] = [];
  const verdict = await runPlaybook({
    playbook,
    variables: new Map(),
    channel: createControlChannel({
      transport: createTransport('control'),
      root: ROOT,
      clock: systemClock,
      logger: silentLogger,
      ttlMs: 30_000,
    }),
    clock: systemClock,
    logger: silentLogger,
    onEvent: (event) => events.push(event),
    owner: 'me@lab',
    broker: 'mosquitto',
    timeoutMs: 60_000,
    ackTimeoutMs: 30_000,
    offlineGraceMs: 10_000,
    leaseMs: 60_000,
    holdLease: true,
    takeOver: false,
    workingDirectory: '/',
    connectTimeoutMs: 10_000,
    brokerLostMs: 10_000,
    signal: new AbortController().signal,
  });
  expect(events.at(-1)).toMatchObject({ type: 'run-finished', problems: [] });
  expect(verdict).toBe('passed');
  expect(events.find(({ type }) => type === 'nodes-resolved')).toMatchObject({
    nodes: agents.map(({ node }) => node).sort(),
  });
  for (const { calls } of agents) expect(calls).toEqual(['startFunction', 'stopFunction']);
});
