import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/index.ts';
import { startBroker } from '../../src/broker/index.ts';
import { createMemoryBroker, createMqttTransport, type MemoryBroker } from '../../src/transport/index.ts';
import { freePort } from '../support/free-port.ts';
import { startTestAgent, type TestAgent } from './test-agent.ts';
import { type Connect, startControl, type TestControl } from './test-control.ts';

const ORIGINAL = readFileSync(
  fileURLToPath(new URL('../fixtures/original/group.sh', import.meta.url)),
  'utf8',
);

let broker: MemoryBroker;
let control: TestControl;

beforeEach(async () => {
  broker = createMemoryBroker();
  control = await startControl(connect);
});

const connect: Connect = (clientId, will) =>
  broker.connect({ clientId, ...(will && { will }), clock: systemClock });

async function startAgent(
  script: string,
  options: Parameters<typeof startTestAgent>[2] = {},
): Promise<TestAgent> {
  const agent = startTestAgent(connect, script, options);
  await control.status('ALIVE');
  return agent;
}

describe('an agent', () => {
  test('is ALIVE after its initFunction, and shows that it is busy until then', async () => {
    await startAgent('initFunction() { publish_mqtt PREPARING; }');
    expect(control.statuses()).toEqual(['PREPARING', 'ALIVE']);
    const first = control.messages.slice(0, 3);
    expect(first).toMatchObject([
      { kind: 'heartbeat', heartbeat: { claim: true } },
      {
        kind: 'info',
        info: {
          node: 'node1',
          accepts: ['text', 'envelope', 'strays', 'probe', 'sync', 'inspect'],
          groups: [],
        },
      },
      { kind: 'heartbeat', heartbeat: { busy: true, seq: 0 } },
    ]);
  });

  test('starts and stops what its script does; variables live from one command to the next', async () => {
    const agent = await startAgent(`
      startFunction() { sleep 600 & LAST_PID=$!; echo "$LAST_PID" >>pids; }
      stopFunction() { kill "$LAST_PID"; echo "stopped $LAST_PID"; }
      countFunction() { COUNT=$((COUNT + 1)); update "$COUNT"; }
    `);
    expect(await control.run('START')).toMatchObject({ outcome: 'ok', code: 0 });
    const pid = readFileSync(join(agent.folder, 'pids'), 'utf8').trim();
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    const stop = control.send('STOP');
    expect(await control.result(stop)).toMatchObject({ outcome: 'ok', code: 0, warnings: [] });
    expect(control.output(stop)).toEqual([`stopped ${pid}`]);
    // Its shell collects it in its own time.
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 20_000, interval: 20 }).toBe(false);
    for (let n = 0; n < 3; n += 1) await control.run('COUNT');
    expect(control.replies('update').map(({ text }) => text)).toEqual(['1', '2', '3']);
    expect(control.statuses()).toEqual([
      'ALIVE',
      'STARTED',
      'STOPPED',
      'COUNT-DONE',
      'COUNT-DONE',
      'COUNT-DONE',
    ]);
  });

  test('says as soon as a port listens, while a function runs too, and connects to nothing', async () => {
    const port = await freePort();
    const agent = await startAgent(`
      startFunction() { until [[ -e ready ]]; do sleep 0.01; done; ncat -l 127.0.0.1 ${port} >heard & sleep 600; }
    `);
    const probe = async (ms: number) => {
      const id = control.send('_probe', ['tcp', String(port), String(ms)]);
      return control.until(() => control.replies('probed').find((reply) => reply.id === id));
    };
    control.send('START');
    expect(await probe(0)).toMatchObject({ state: 'closed' });
    expect(await probe(100)).toMatchObject({ state: 'closed' });
    const probes = probe(1000);
    writeFileSync(join(agent.folder, 'ready'), '');
    for (let answer = await probes; answer.state !== 'listening'; answer = await probe(1000))
      expect(answer).toMatchObject({ state: 'closed' });
    expect(await probe(0)).toMatchObject({ state: 'listening', addresses: ['127.0.0.1'] });
    // It serves one connection, and that is still to come.
    createConnection(port, '127.0.0.1').end('hello');
    await expect
      .poll(() => readFileSync(join(agent.folder, 'heard'), 'utf8'), { timeout: 20_000, interval: 20 })
      .toBe('hello');
  });

  test('hands every argument over as one literal word', async () => {
    const agent = await startAgent(`startFunction() { printf '%s\\0' "$#" "$@" >args; }`);
    const args = [
      'two words',
      '',
      `$(touch pwned) \`touch pwned\` $HOME \${x}`,
      '*',
      `'single' "double" \\back\\`,
      'line\nline\n',
      '-n',
      '; exit 1 #',
      'Grüße 😀 ñ',
      '\t \r',
      'x'.repeat(100_000),
    ];
    expect(await control.run('START', ...args)).toMatchObject({ outcome: 'ok' });
    const got = readFileSync(join(agent.folder, 'args'), 'utf8').split('\0').slice(0, -1);
    expect(got).toEqual([String(args.length), ...args]);
    expect(existsSync(join(agent.folder, 'pwned'))).toBe(false);
  });

  test('streams output with the command’s id, all of it before the result', async () => {
    await startAgent(
      `startFunction() { echo "$1 out"; echo "$1 err" >&2; seq 20000; printf 'no line end'; }`,
    );
    const id = control.send('START', ['a']);
    await control.result(id);
    const lines = control.output(id, 'stdout');
    expect([lines[0], lines[20_000], lines[20_001], lines.length]).toEqual([
      'a out',
      '20000',
      'no line end',
      20_002,
    ]);
    expect(control.output(id, 'stderr')).toEqual(['a err']);
    const batches = control.messages.flatMap((message) => (message.kind === 'output' ? [message.batch] : []));
    expect(batches.map(({ n }) => n)).toEqual(batches.map((_, index) => index + 1));
    for (const { lines: some } of batches) expect(some.join('\n').length).toBeLessThan(17_000);
  });

  test('passes on what the script says, in order, about the command that it runs for', async () => {
    await startAgent(
      `fooFunction() { update "50 %"; publish_mqtt "READY 5201"; update 'a "b" \\\\ c'; return 3; }`,
    );
    const id = control.send('FOO');
    await control.result(id);
    const said = control.messages.flatMap((message) =>
      message.kind === 'reply' && 'id' in message.reply && message.reply.id === id ? [message.reply] : [],
    );
    expect(said).toMatchObject([
      { kind: 'ack', accepted: true },
      { kind: 'update', text: '50 %' },
      { kind: 'status', text: 'READY 5201' },
      { kind: 'update', text: 'a "b" \\\\ c' },
      { kind: 'status', text: 'FAILED FOO 3' },
      { kind: 'result', outcome: 'failed', code: 3 },
    ]);
  });

  test('takes plain text, whose quotes group', async () => {
    const agent = await startAgent(`startFunction() { printf '%s|' "$@" >args; }`);
    await control.text(`START 'a b' "c d" e`);
    await control.status('STARTED');
    expect(readFileSync(join(agent.folder, 'args'), 'utf8')).toBe('a b|c d|e|');
  });

  test('runs a burst of commands in order, each once', async () => {
    const agent = await startAgent(`fooFunction() { echo "$1" >>order; }`);
    const ids = Array.from({ length: 100 }, (_, n) => control.send('FOO', [String(n)]));
    for (const id of ids) control.send('FOO', ['again'], { id });
    await Promise.all(ids.map((id) => control.result(id)));
    const order = readFileSync(join(agent.folder, 'order'), 'utf8').trim().split('\n');
    expect(order).toEqual(Array.from({ length: 100 }, (_, n) => String(n)));
  });

  test('whose initFunction fails stays up and refuses with the reason', async () => {
    startTestAgent(
      connect,
      `initFunction() { echo 'no wlan0' >&2; return 4; }\nstartFunction() { touch started; }`,
    );
    await control.status('FAILED INIT 4');
    const id = control.send('START');
    const ack = await control.until(() => control.replies('ack').find((reply) => reply.id === id));
    expect(ack).toMatchObject({ accepted: false, refusal: 'not-ready', reason: 'FAILED INIT 4: no wlan0' });
    expect(await control.run('STOP')).toMatchObject({ outcome: 'ok' });
  });

  test('whose script does not load says where it is wrong', async () => {
    const agent = startTestAgent(connect, 'startFunction() {\n  if\n}\n');
    const status = await control.until(() =>
      control.statuses().find((text) => text.startsWith('FAILED INIT')),
    );
    expect(status).toContain(`${join(agent.folder, 'functions.sh')}:`);
  });

  test('keeps the broker’s password from its script', async () => {
    process.env.MQTT_PASSWORD = 's3cret';
    try {
      await startAgent(
        `fooFunction() { echo "password:\${MQTT_PASSWORD-unset} server:$MQTT_SERVER $MY_TOPIC"; env; }`,
      );
      const id = control.send('FOO');
      await control.result(id);
      expect(control.output(id)[0]).toBe('password:unset server:broker.example node1');
      expect(control.output(id).join('\n')).not.toContain('s3cret');
    } finally {
      delete process.env.MQTT_PASSWORD;
    }
  });

  test('runs a script in the style of the original', async () => {
    const agent = await startAgent(ORIGINAL);
    expect(await control.run('START', 'SERVER', '600')).toMatchObject({ outcome: 'ok' });
    expect(await control.run('START', '10.0.0.1', '5201', '600')).toMatchObject({ outcome: 'ok' });
    expect(readFileSync(join(agent.folder, 'group.log'), 'utf8')).toBe('client of 10.0.0.1 on 5201\n');
    // `kill " 12 13"` fails, as it always did; the agent ends what is left.
    const stop = await control.run('STOP');
    expect(stop).toMatchObject({ outcome: 'ok' });
    await control.text('START SERVER 600');
    await control.until(() =>
      control.statuses().filter((text) => text === 'STARTED').length === 3 ? true : undefined,
    );
    await control.text('TERMINATE');
    await agent.ended;
    expect(control.statuses().filter((text) => !text.startsWith('FAILED'))).toEqual([
      'ALIVE',
      'STARTED',
      'STARTED',
      'STOPPED',
      'STARTED',
      'TERMINATED',
    ]);
  });
});

describe('when the broker goes', () => {
  test('and comes back with nothing retained, the result of what ran meanwhile arrives', async () => {
    const agent = await startAgent(`
      startFunction() { publish_mqtt WORKING; until [ -e go ]; do sleep 0.02; done; echo done; }
    `);
    const id = control.send('START');
    await control.status('WORKING');
    const { seq } = await control.report();
    const before = control.messages.length;

    broker.stop();
    writeFileSync(join(agent.folder, 'go'), '');
    broker.start();
    await control.until(() => control.messages.slice(before).find(({ kind }) => kind === 'info'));
    while ((await control.report(seq)).unfinished.length > 0);
    expect(await control.result(id)).toMatchObject({ outcome: 'ok', code: 0 });
    const later = await startControl(connect);
    expect(later.messages).toMatchObject([
      { kind: 'info', retained: true },
      { kind: 'status', text: 'STARTED', retained: true },
    ]);
  });

  test('for long, what was said meanwhile is said again on request, word for word', async () => {
    const agent = await startAgent(
      `fooFunction() { rm -f ended; until [ -e go ]; do sleep 0.02; done; update late; return 9; }`,
    );
    const id = control.send('FOO');
    await control.until(() => control.replies('ack').find((reply) => reply.id === id));
    broker.stop();
    const before = control.messages.length;
    writeFileSync(join(agent.folder, 'go'), '');
    broker.start();
    await control.until(() => control.messages.slice(before).find(({ kind }) => kind === 'info'));
    while ((await control.report()).unfinished.length > 0);
    const from = control.messages.length;
    await control.report(0);
    await control.report(0);
    const about = (): string[] =>
      control.messages.slice(from).flatMap((message) => {
        if (message.kind !== 'reply') return [];
        const { reply } = message;
        if (!('id' in reply) || reply.id !== id || (reply.kind === 'status' && reply.repeat)) return [];
        return [`${reply.seq} ${reply.kind}`];
      });
    expect(about()).toEqual([
      ...['2 ack', '3 update', '4 status', '5 result'],
      ...['2 ack', '3 update', '4 status', '5 result'],
    ]);
  });

  test('and stays away, an agent whose function runs ends within seconds, with all its work', async () => {
    const agent = await startAgent(`
      startFunction() {
        echo "$MQTT_ORCHESTRATE_SESSION" >session
        (trap '' TERM; while :; do sleep 1; done) &
        setsid sleep 600 &
        touch started
        sleep 600
      }
    `);
    control.send('START');
    await fileAppears(join(agent.folder, 'started'));
    broker.stop();
    const start = performance.now();
    await agent.end();
    expect(performance.now() - start).toBeLessThan(6000);
    await nothingIsLeftOf(readFileSync(join(agent.folder, 'session'), 'utf8').trim());
  });
});

describe('the end', () => {
  const SCRIPT = `
    initFunction() { sleep 600 & }
    startFunction() {
      nohup sleep 600 >/dev/null 2>&1 &
      setsid sleep 600 &
      echo "$MQTT_ORCHESTRATE_SESSION \${MQTT_ORCHESTRATE_CONTROL%/*}"
    }
  `;

  async function startWork(): Promise<{ agent: TestAgent; session: string; directory: string }> {
    const agent = await startAgent(SCRIPT);
    const id = control.send('START');
    await control.result(id);
    const [session = '', directory = ''] = (control.output(id)[0] ?? '').split(' ');
    expect(existsSync(directory)).toBe(true);
    return { agent, session, directory };
  }

  test.each([
    { how: 'TERMINATE', end: async () => void (await control.run('TERMINATE')) },
    { how: 'TERMINATE in plain text', end: () => control.text('TERMINATE') },
    { how: 'a signal', end: (agent: TestAgent) => agent.end() },
  ])('by $how takes everything along, says TERMINATED and clears INFO', async ({ end }) => {
    const { agent, session, directory } = await startWork();
    expect(await processesOf(session)).not.toEqual([]);
    await end(agent);
    await agent.ended;
    expect(await processesOf(session)).toEqual([]);
    expect(existsSync(directory)).toBe(false);
    expect(control.statuses().at(-1)).toBe('TERMINATED');
    expect(control.messages.at(-1)).toEqual({ kind: 'info', info: undefined, retained: false });
    expect(broker.connectedClients).toBe(1);

    const later = await startControl(connect);
    expect(later.messages).toEqual([{ kind: 'status', text: 'TERMINATED', retained: true }]);
  });

  test('by a signal before the broker was ever reached is quick and loads nothing', async () => {
    broker.stop();
    const agent = startTestAgent(connect, 'touch loaded');
    await agent.end();
    expect(existsSync(join(agent.folder, 'loaded'))).toBe(false);
  });

  test('by a signal that was there before the start', async () => {
    const agent = startTestAgent(connect, 'touch loaded', { signal: AbortSignal.abort() });
    await agent.ended;
    expect(existsSync(join(agent.folder, 'loaded'))).toBe(false);
  });

  test('by a signal while a function will not end says TERMINATED all the same', async () => {
    const agent = await startAgent(
      `startFunction() { trap '' TERM INT HUP URG; touch started; while :; do :; done; }`,
    );
    control.send('START');
    await fileAppears(join(agent.folder, 'started'));
    await agent.end();
    expect(control.statuses()).toEqual(['ALIVE', 'TERMINATED']);
    expect(control.messages.at(-1)).toMatchObject({ kind: 'info', info: undefined });
  });
});

describe('on the embedded broker', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'agent-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('an agent starts, works, and ends', async () => {
    const embedded = await startBroker({ port: 0 });
    try {
      const overMqtt: Connect = (clientId, will) =>
        createMqttTransport({
          url: { scheme: 'mqtt', host: '127.0.0.1', port: embedded.port },
          clientId,
          ...(will && { will }),
          clock: systemClock,
        });
      const remote = await startControl(overMqtt);
      const agent = startTestAgent(overMqtt, 'startFunction() { seq 30000; }', { groups: ['all-of-them'] });
      await remote.status('ALIVE');
      const id = remote.send('START');
      expect(await remote.result(id)).toMatchObject({ outcome: 'ok' });
      expect(remote.output(id)).toHaveLength(30_000);
      remote.sendToAll('_ping');
      await remote.until(() => remote.replies('pong')[0]);
      await agent.end();
      expect(remote.statuses()).toEqual(['ALIVE', 'STARTED', 'TERMINATED']);
    } finally {
      await embedded.close();
    }
  });
});

async function fileAppears(path: string): Promise<void> {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function nothingIsLeftOf(session: string): Promise<void> {
  while ((await processesOf(session)).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Processes that carry the mark of a shell's session. */
async function processesOf(session: string): Promise<string[]> {
  const mark = `MQTT_ORCHESTRATE_SESSION=${session}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const marked = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(mark) ? [pid] : [];
    }),
  );
  return marked.flat();
}
