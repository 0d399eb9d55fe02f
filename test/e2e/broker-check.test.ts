import { expect, it, onTestFinished } from 'vitest';
import { startByteServer } from '../support/byte-server.ts';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { describeOnEachBroker } from './support/brokers.ts';
import { createWorkplace } from './support/workplace.ts';

const LOGIN = { user: 'lab', password: 's3cret-w0rd' } as const;
const TIMEOUT_MS = 120_000;

describeOnEachBroker('broker check', (_, startBroker) => {
  it('0: says what works, a line for each thing, and shows no password', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const broker = await startBroker({ login: LOGIN });
    onTestFinished(() => broker.stop());
    const { end } = await createWorkplace();
    const address = `mqtt://${LOGIN.user}:${LOGIN.password}@127.0.0.1:${broker.port}`;
    const { code, stdout, stderr } = await end(['broker', 'check', address, '-t', 'site/lab', '--debug']);
    const url = `mqtt://127.0.0.1:${broker.port}`;
    expect(stdout).toMatch(new RegExp(`^${url}, topics below site/lab\n`));
    expect(stdout).toMatch(/^ok {4}QoS 1, in order +100 of 100 messages arrived$/m);
    expect(stdout).toMatch(/^info {2}payload of 10 MB +works$/m);
    expect(stdout).toMatch(new RegExp(`\n\n${url} works for mqtt-orchestrate.*\n$`));
    expect(stdout + stderr).not.toContain(LOGIN.password);
    expect(code, stdout + stderr).toBe(0);
  });
});

it('1: what is needed does not work, also as JSON', { timeout: TIMEOUT_MS }, async () => {
  const acl = 'topic readwrite testlab/#\ntopic deny testlab/_all/COMMAND\n';
  const broker = await startMosquitto({ config: 'acl_file acl', files: { acl } });
  onTestFinished(() => broker.stop());
  const { end, write } = await createWorkplace();
  await write('global.config', `MQTT_SERVER=127.0.0.1:${broker.port}\n`);
  const text = await end(['broker', 'check']);
  expect(text.stdout).toMatch(
    /^FAIL {2}topics of control machine .* not delivered: testlab\/_all\/COMMAND at the agent\n {6}allow it; /m,
  );
  expect(text.stdout).toMatch(/\n\nmqtt:\/\/\S+ DOES NOT WORK for mqtt-orchestrate: /);
  expect(text.code, text.stderr).toBe(1);

  const json = await end(['broker', 'check', '--json']);
  const report = JSON.parse(json.stdout);
  expect(report).toMatchObject({
    broker: `mqtt://127.0.0.1:${broker.port}`,
    topics: 'testlab',
    verdict: 'fails',
  });
  expect(report.findings).toContainEqual({
    probe: 'permissions',
    title: 'topics of control machine and agents',
    importance: 'needed',
    outcome: 'fails',
    detail: 'not delivered: testlab/_all/COMMAND at the agent',
    remedy: expect.any(String),
  });
  expect(json.code).toBe(1);
});

it('5: the login is refused', async () => {
  const config = 'allow_anonymous false';
  const broker = await startMosquitto({ config });
  onTestFinished(() => broker.stop());
  const { end } = await createWorkplace();
  const env = { MQTT_USERNAME: LOGIN.user, MQTT_PASSWORD: LOGIN.password };
  const { code, stdout, stderr } = await end(['broker', 'check', `127.0.0.1:${broker.port}`], { env });
  expect(stderr).toMatch(/^error: mqtt:\/\/\S+ refuses the connection: .*\nhint: check MQTT_USERNAME/);
  expect(stdout + stderr).not.toContain(LOGIN.password);
  expect(code).toBe(5);
});

it('5: nothing listens there', async () => {
  const { end } = await createWorkplace();
  const address = `127.0.0.1:${await freePort()}`;
  const { code, stderr } = await end(['broker', 'check', address, '--broker-timeout', '500ms']);
  expect(stderr).toMatch(
    /^error: mqtt:\/\/\S+ cannot be reached within 500ms: .*connection refused.*\nhint: /m,
  );
  expect(code).toBe(5);
});

it('5: it is no broker', async () => {
  const server = await startByteServer((_, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  onTestFinished(() => server.close());
  const { end } = await createWorkplace();
  const address = `127.0.0.1:${server.port}`;
  const { code, stderr } = await end(['broker', 'check', address, '--broker-timeout', '500ms']);
  expect(stderr).toMatch(/^error: mqtt:\/\/\S+ cannot be reached within 500ms: .*MQTT broker\?/m);
  expect(code).toBe(5);
});

it('130: SIGINT', async () => {
  const broker = await startMosquitto();
  onTestFinished(() => broker.stop());
  const { start } = await createWorkplace();
  const check = start(['broker', 'check', `127.0.0.1:${broker.port}`]);
  await check.printed(/^ok /m);
  check.signal('SIGINT');
  const { code, stderr } = await check.ended;
  expect(stderr).toBe('');
  expect(code).toBe(130);
});

it.each([
  [['check', 'nowhere:x'], /^error: "nowhere:x" .*\nhint: orchestrate broker check --help\n$/],
  [
    ['check', '-m', 'a', 'b'],
    /^error: the broker is given twice, with -m and without\nhint: leave out -m\n$/,
  ],
  [['--port', '1', 'check'], /^error: --port <port> is not an option of broker check\nhint: /],
  [['check', '--bogus'], /^error: unknown option '--bogus'\nhint: orchestrate broker check --help\n$/],
])('2: broker %j', async (words, complaint) => {
  const { end } = await createWorkplace();
  const { code, stderr } = await end(['broker', ...words]);
  expect(stderr).toMatch(complaint);
  expect(code).toBe(2);
});
