import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Clock, silentLogger, systemClock } from '../../src/base/index.ts';
import { type Broker, startBroker } from '../../src/broker/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { createScriptedAgent, type ScriptedAgent } from '../support/scripted-agent.ts';
import { runInProcess } from './run-in-process.ts';

const ROOT = 'cli/clocks';

let broker: Broker;
const agents: ScriptedAgent[] = [];
beforeEach(async () => {
  broker = await startBroker({ port: 0, logger: silentLogger });
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.close();
  await broker.close();
});

/**
 * @param aheadMs of the clock of this process, which is the control machine's, too
 * @param onReported it has said how things stand
 */
function startAgent(node: string, aheadMs: number, onReported = (): void => {}): ScriptedAgent {
  const url = { scheme: 'mqtt', host: broker.host, port: broker.port } as const;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const agent = createScriptedAgent({
    createTransport: (clientId, will) =>
      createMqttTransport({ url, clientId, will, clock: systemClock, logger: silentLogger }),
    clock,
    root: ROOT,
    node,
    script: {},
    observe: (_input, effects) => {
      const isReport = effects.some((effect) => effect.kind === 'reply' && effect.reply.kind === 'report');
      if (isReport) clock.setTimer(0, onReported);
    },
  });
  agents.push(agent);
  return agent;
}

const clocks = (
  words: readonly string[],
  surroundings: Parameters<typeof runInProcess>[1] = { environment: { LANG: 'C.UTF-8' } },
): ReturnType<typeof runInProcess> =>
  runInProcess(['clocks', '-m', `127.0.0.1:${broker.port}`, '-t', ROOT, ...words], surroundings);

it('the truth is where it says', async () => {
  startAgent('node1', 5000);
  startAgent('node2', -1e6);
  const { code, stdout, stderr } = await clocks(['--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [first, second] = JSON.parse(stdout);
  expect(Math.abs(first.offsetMs - 5000)).toBeLessThanOrEqual(first.uncertaintyMs);
  expect(Math.abs(second.offsetMs + 1e6)).toBeLessThanOrEqual(second.uncertaintyMs);
});

it('on a terminal a line says what is going on, and goes away', async () => {
  const agent = startAgent('node1', 0);
  await agent.alive;
  const { stderr } = await clocks([], { environment: { LANG: 'C.UTF-8' }, columns: 100 });
  const [first, ...others] = stderr.split('\r\u001b[K');
  expect(first).toBe('looking who is there');
  expect(others.at(-1)).toMatch(/^if a way is slower .*\n$/);
});

it('says whom it waits for', async () => {
  const agent = startAgent('node1', 0, () => agent.die());
  await agent.alive;
  const { code, stdout, stderr } = await clocks(['--time', '2s'], {
    environment: { LANG: 'C.UTF-8' },
    columns: 200,
  });
  expect(stderr).toMatch(
    /0 of 1 clocks are known \([\d.]+s of at most 2s\); node1: its clock is not known: it has answered no ping/,
  );
  expect(stderr).toMatch(/not known: node1: it has answered no ping\n$/);
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
});

it('in ASCII there is no ±', async () => {
  startAgent('node1', 0);
  const { stdout } = await clocks(['node1'], { environment: {} });
  expect(stdout).toMatch(/^node +offset +\+\/- +round trip min/);
});

it.each([
  [['--time', 'soon'], '--time "soon" is no duration'],
  [['--time', '0'], '--time "0" is no duration'],
  [['_all'], '"_all" is no node name'],
  [['node1', ''], 'a node is missing here'],
])('%j is a mistake', async (words, what) => {
  const { code, stdout, stderr } = await clocks(words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(what);
  expect(stderr).toMatch(/\nhint: orchestrate clocks --help\n$/);
});

it('can be interrupted', async () => {
  const interruption = new AbortController();
  const measuring = clocks([], { signal: interruption.signal });
  interruption.abort(new Error('interrupted'));
  expect((await measuring).stdout).toBe('');
});

it('needs a broker', async () => {
  const port = broker.port;
  await broker.close();
  const words = ['clocks', '-m', `127.0.0.1:${port}`, '--broker-timeout', '300ms'];
  expect((await runInProcess(words)).code).toBe(5);
  broker = await startBroker({ port: 0, logger: silentLogger });
});
