import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { createMqttTransport } from '../../src/transport/index.ts';
import { startTestAgent } from '../agent/test-agent.ts';
import { type Packet, PUBACK, PUBLISH, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type Broker, describeOnEachBroker } from './support/brokers.ts';
import { createLab, type Lab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';

/** Keeps a list of its calls. */
const SCRIPT = 'startFunction() { echo "$1" >>told; }';
/** The same, and it takes until there is a file `go`. */
const SLOW_SCRIPT = 'startFunction() { until [[ -e go ]]; do sleep 0.05; done; echo "$1" >>told; }';

describeOnEachBroker('a link that', (broker) => {
  it('ends in the middle of an exchange: the command goes out again under its id, and runs once', async () => {
    const { lab, wire, server } = await createWiredLab(broker());
    const log = await lab.listen();
    await lab.agent('node1', { script: SCRIPT });
    const arrives = wire.disturb('cut', publishes('up', '"args":["arrives"]'));
    const vanishes = wire.disturb('swallowed', publishes('up', '"args":["vanishes"]'));
    void vanishes.then(() => wire.cut());
    const lines = ['SEND node1 START arrives', 'SEND node1 START vanishes', 'SEND node1 START last'];
    const { code, stdout } = await lab.run(lines, server);
    await arrives;
    await vanishes;
    expect(code, stdout).toBe(0);
    expect(stdout.match(/connection to broker .* lost/g)).toHaveLength(2);
    expect(await told(lab)).toBe('arrives\nvanishes\nlast\n');
    const sent = (word: string) => log.texts('node1/COMMAND').filter((text) => text.includes(`["${word}"]`));
    expect([sent('arrives').length, sent('vanishes').length, sent('last').length]).toEqual([2, 1, 1]);
    expect(new Set(sent('arrives').map(idAndSession)).size).toBe(1);
  });

  it('loses what an agent says, and what confirms it: the run asks again, and misses nothing', async () => {
    const { lab, wire } = await createWiredLab(broker());
    await lab.agent('node1', { script: SCRIPT, port: wire.port });
    const lost = [
      // The answer to the question for the lease arrives, its PUBACK does not.
      wire.disturb('cut', publishes('up', '"kind":"ack"')),
      wire.disturb('swallowed', publishes('up', '"text":"STARTED"')),
      wire.disturb('swallowed', ({ direction, type }) => direction === 'down' && type === PUBACK),
    ];
    const result = wire.disturb('swallowed', publishes('up', '"kind":"result"'));
    void result.then(() => wire.cut());
    const lines = ['SEND node1 START one', 'WAITFOR node1 STARTED', 'SEND node1 START two'];
    const { code, stdout } = await lab.run([...lines, 'WAITFOR node1 STARTED'], ['--offline-grace', '20s']);
    await Promise.all([...lost, result]);
    expect(stdout).toContain('node1 is reconnecting');
    expect(code, stdout).toBe(0);
    expect(await told(lab)).toBe('one\ntwo\n');
  });

  it('delivers its bytes a few at a time, and stalls for a while', async () => {
    const { lab, wire, server } = await createWiredLab(broker());
    wire.slow({ pieceBytes: 7, pauseMs: 1 });
    await lab.agent('node1', { script: SLOW_SCRIPT, port: wire.port });
    const run = await lab.startRun(['SEND node1 START one', 'WAITFOR node1 STARTED'], server);
    await run.printed(/✓ 1\/2/);
    wire.freeze();
    await lab.write('go', '');
    await expect.poll(() => access(join(lab.folder, 'told')), PATIENCE).toBeUndefined();
    wire.thaw();
    const { code, stdout } = await run.ended;
    expect(stdout).not.toMatch(/lost|reconnecting/);
    expect(code, stdout).toBe(0);
    expect(await told(lab)).toBe('one\n');
  });

  it('is down for a moment makes a node reconnect, not fail; STOP gets through at once', async () => {
    const { lab, wire } = await createWiredLab(broker());
    const log = await lab.listen();
    const agent = await lab.agent('node1', { script: SLOW_SCRIPT, port: wire.port });
    const lines = ['SEND node1 START one', 'WAITFOR node1 STARTED'];
    const run = await lab.startRun(lines, ['--offline-grace', '20s']);
    await run.printed(/✓ 1\/2/);
    wire.sever();
    await run.printed(/! node1 is reconnecting: the broker says OFFLINE/);
    await agent.complained(/the broker cannot be reached/);
    wire.mend();
    await run.printed(/node1: it is back/);
    await lab.write('go', '');
    const { code, stdout } = await run.ended;
    expect(code, stdout).toBe(0);
    expect(await told(lab)).toBe('one\n');

    const before = agent.stderr.length;
    wire.cut();
    await expect.poll(() => agent.stderr.slice(before), PATIENCE).toContain('connected to the broker again');
    await lab.publish('node1/COMMAND', 'STOP');
    await log.heard('node1/STATUS', 'STOPPED');
  });

  it('falls silent without an end: the node is lost by its heartbeats, and stops by itself', async () => {
    const { lab, wire } = await createWiredLab(broker());
    const agent = startTestAgent(
      (clientId, will) =>
        createMqttTransport({
          url: { scheme: 'mqtt', host: '127.0.0.1', port: wire.port },
          clientId,
          ...(will && { will }),
          clock: systemClock,
        }),
      'startFunction() { touch begun; sleep 600; touch survived; }\nstopFunction() { touch stopped; }',
      { root: lab.root, heartbeatMs: 1500 },
    );
    const lines = ['SEND node1 START', 'WAITFOR node1 STARTED'];
    const run = await lab.startRun(lines, ['--lease', '1s']);
    await expect.poll(() => access(join(agent.folder, 'begun')), PATIENCE).toBeUndefined();
    wire.freeze();
    const { code, stdout } = await run.ended;
    expect(stdout).toMatch(/node1 is lost: nothing was heard of it for [\d.]+s/);
    expect(stdout).toMatch(/WAITFOR node1 STARTED\n {4}node1: it was lost: nothing was heard of it for /);
    expect(stdout).toMatch(
      /what this run started there may still run: nothing was heard of it .*; its agent, if it lives, ends it within 1s/,
    );
    expect(code, stdout).toBe(4);
    await expect.poll(() => access(join(agent.folder, 'stopped')), PATIENCE).toBeUndefined();
    await expect(access(join(agent.folder, 'survived'))).rejects.toThrow();
  });

  it('cuts off the control machine: every agent stops its work, and the run learns why', async () => {
    const { lab, wire, server } = await createWiredLab(broker());
    const log = await lab.listen();
    await Promise.all([lab.agent('node1'), lab.agent('node2')]);
    const lines = ['SEND node1 START daemon 600', 'SEND node2 START sleep 600', 'WAITFOR node2 STARTED'];
    const run = await lab.startRun(lines, [...server, '--lease', '1s']);
    await run.printed(/✓ 2\/3/);
    await log.heard('node1/STATUS', 'STARTED');
    wire.freeze();
    for (const node of ['node1', 'node2']) await log.heard(`${node}/STATUS`, 'STOPPED lease-lost');
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
    wire.thaw();
    const { code, stdout } = await run.ended;
    expect(stdout).toMatch(
      /node2: START sleep 600 was cancelled: the agent stopped it because it had not heard of this run for longer than its lease of 1s; no outage as long was noticed here: did this machine sleep, or a link stall\?/,
    );
    expect(code, stdout).toBe(4);
  });

  it('comes back to find another agent under its name: the one that was away ends', async () => {
    const { lab, wire } = await createWiredLab(broker());
    const log = await lab.listen();
    const first = await lab.agent('node1', { port: wire.port });
    expect((await lab.run(['SEND node1 START daemon 600', 'WAITFOR node1 STARTED'])).code).toBe(0);
    wire.sever();
    await log.heard('node1/STATUS', 'OFFLINE');
    await lab.agent('node1', { script: SCRIPT });
    wire.mend();
    const { code, stderr } = await first.ended;
    expect(stderr).toMatch(
      /^error: another agent has the name node1: session \S+, version .*\nhint: end that agent first/m,
    );
    expect(code, stderr).toBe(2);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
    expect((await lab.run(['SEND node1 START one'])).code).toBe(0);
    expect(await told(lab)).toBe('one\n');
    expect(log.texts('node1/STATUS').at(-1)).toBe('STARTED');
  });
});

interface WiredLab {
  readonly lab: Lab;
  /** A way to the lab's broker that can be disturbed. */
  readonly wire: TcpProxy;
  /** Options that make a command take it. */
  readonly server: readonly string[];
}

async function createWiredLab(broker: Broker): Promise<WiredLab> {
  const wire = await startTcpProxy(broker.port);
  onTestFinished(() => wire.close());
  return { lab: await createLab(broker), wire, server: ['-m', `127.0.0.1:${wire.port}`] };
}

function publishes(direction: Packet['direction'], words: string): (packet: Packet) => boolean {
  return (packet) => packet.type === PUBLISH && packet.direction === direction && packet.text.includes(words);
}

function told({ folder }: Lab): Promise<string> {
  return readFile(join(folder, 'told'), 'utf8');
}

function idAndSession(envelope: string): string {
  const { id, session }: { id: string; session: string } = JSON.parse(envelope);
  return `${id} ${session}`;
}
