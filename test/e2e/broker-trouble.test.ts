import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { describeCoreOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';
import { createWorkplace } from './support/workplace.ts';

const LOGIN = { user: 'lab', password: 's3cret-w0rd' } as const;
const AGENT_SCRIPT = 'startFunction() { :; }';

it.each([[['run']], [['nodes']], [['send', 'node1', 'START']]])(
  '5: %j says soon that the broker cannot be reached, and why, and then gives up',
  async (words) => {
    const { folder, write, start } = await createWorkplace();
    await write('playbook', 'SEND node1 START\n');
    const [command = '', ...rest] = words;
    const broker = `127.0.0.1:${await freePort()}`;
    const cli = start([command, '-m', broker, '--broker-timeout', '2500ms', ...rest], { cwd: folder });
    const { code, stdout, stderr } = await cli.ended;
    expect(stdout + stderr).toMatch(/connection refused.*; still trying/);
    expect(stderr).toMatch(
      new RegExp(
        `^error: mqtt://${broker} cannot be reached within 2\\.5s: .*connection refused.*\\nhint: `,
        'm',
      ),
    );
    expect(code, stdout).toBe(5);
  },
);

it('an agent says why it cannot connect, keeps trying, and ends on SIGTERM', async () => {
  const { write, start } = await createWorkplace();
  await write('functions.sh', AGENT_SCRIPT);
  const agent = start(['agent', '--name', 'node1', '-m', `127.0.0.1:${await freePort()}`]);
  await agent.complained(/the broker cannot be reached: .*connection refused.*; still trying/);
  agent.signal('SIGTERM');
  expect((await agent.ended).code).toBe(0);
});

it('130: SIGINT while there is no broker yet', async () => {
  const { startRun } = await createWorkplace();
  const run = await startRun(['SEND node1 START'], ['-m', `127.0.0.1:${await freePort()}`]);
  await run.printed(/cannot be reached/);
  run.signal('SIGINT');
  const { code, stdout, stderr } = await run.ended;
  expect(stderr).toBe('');
  expect(stdout).toContain('INTERRUPTED');
  expect(code, stdout).toBe(130);
});

describeCoreOnEachBroker('a broker that', (_, startBroker) => {
  it('refuses the login: 5, for the run and for the agent', async () => {
    const broker = await startBroker({ login: LOGIN });
    onTestFinished(() => broker.stop());
    const lab = await createLab(broker);
    const env = { MQTT_USERNAME: LOGIN.user, MQTT_PASSWORD: 'wrong-w0rd' };
    await lab.write('functions.sh', AGENT_SCRIPT);
    const run = await lab.run(['SEND node1 START'], [], { env });
    const agent = await lab.end(['agent', '--name', 'node1'], { env });
    for (const { code, stdout, stderr } of [run, agent]) {
      expect(stderr).toMatch(/^error: .* refuses .*\nhint: .*MQTT_USERNAME/m);
      expect(stdout + stderr).not.toContain(env.MQTT_PASSWORD);
      expect(code, stdout).toBe(5);
    }
  });

  it('wants a password, which nobody else gets to see', async () => {
    const broker = await startBroker({ login: LOGIN });
    onTestFinished(() => broker.stop());
    const { write, start, startRun, end } = await createWorkplace();
    const server = `mqtt://${LOGIN.user}:${LOGIN.password}@127.0.0.1:${broker.port}`;
    await write(
      'functions.sh',
      'startFunction() { declare -p; env; cat /proc/$$/environ | tr "\\0" "\\n"; }',
    );
    await write('global.config', `MQTT_SERVER=${server}\n`);
    const env = { MQTT_USERNAME: LOGIN.user, MQTT_PASSWORD: LOGIN.password };
    const agent = start(['agent', '--name', 'node1', '--debug'], { env });
    await agent.complained(/connected as node1/);

    const run = await startRun(['WAITFOR node1 ALIVE', 'SEND node1 START'], ['--debug']);
    const said = [
      await run.ended,
      await end(['-m', server, '--debug', '--reporter', 'ndjson']),
      await end(['nodes', '-m', server]),
      await end(['send', '-m', server, 'node1', 'START']),
      await end(['config', '-m', server]),
      await end(['nodes', '-m', server.replace('@127', '@nobody-127'), '--broker-timeout', '1s']),
      await end(['nodes', '-m', `${server}x`]),
    ];
    await agent.stop();
    expect(said.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 5, 2]);
    expect(said[0]?.stdout).toContain('MY_TOPIC');
    for (const { stdout, stderr } of [...said, await agent.ended]) {
      expect(stdout + stderr).not.toContain(LOGIN.password);
    }
  });

  it('refuses the login later: the run ends with 5, the agent waits; each says it once', async () => {
    const broker = await startBroker({ login: LOGIN });
    onTestFinished(() => broker.stop());
    const lab = await createLab(broker);
    const env = { MQTT_USERNAME: LOGIN.user, MQTT_PASSWORD: LOGIN.password };
    await lab.write('functions.sh', 'startFunction() { sleep 600; }');
    const agent = lab.start(['agent', '--name', 'node1'], { env });
    const run = await lab.startRun(['SEND node1 START', 'WAITFOR node1 STARTED'], ['--lease', '1s'], { env });
    await run.printed(/✓ 1\/2/);
    await broker.stop();
    await run.printed(/connection to broker .* lost/);

    const stricter = await startBroker({ port: broker.port, login: { ...LOGIN, password: 'changed' } });
    onTestFinished(() => stricter.stop());
    const { code, stdout } = await run.ended;
    expect(stdout.match(/is given up: the broker refuses the login/g)).toHaveLength(1);
    expect(stdout).toMatch(/BROKER LOST .*\n[\s\S]* {2}the broker is lost: the broker refuses the login/);
    expect(stdout).toContain('its agent, if it lives, ends it within 1s (--lease)');
    expect(code, stdout).toBe(5);
    await agent.complained(/refuses the login: .*; still trying$/m);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');

    await stricter.stop();
    const again = await startBroker({ port: broker.port, login: LOGIN });
    onTestFinished(() => again.stop());
    await agent.complained(/connected to the broker again/);
    expect(agent.stderr.match(/refuses the login/g)).toHaveLength(1);
  });

  it('is killed while a function runs, and is back empty: its result arrives, and the run passes', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const lab = await createLab(broker);
    const script = 'startFunction() { until [[ -e go ]]; do sleep 0.05; done; echo x >>gone; }';
    await lab.agent('node1', { script });
    const run = await lab.startRun(['SEND node1 START', 'WAITFOR node1 STARTED']);
    await run.printed(/✓ 1\/2/);
    await broker.kill();
    await run.printed(/connection to broker .* lost/);
    await lab.write('go', '');
    await expect.poll(() => access(join(lab.folder, 'gone')), PATIENCE).toBeUndefined();
    const again = await startBroker({ port: broker.port });
    onTestFinished(() => again.stop());
    const { code, stdout } = await run.ended;
    expect(stdout).toContain('connected after');
    expect(stdout).toMatch(/✓ 2\/2 {2}WAITFOR node1 STARTED/);
    expect(code, stdout).toBe(0);
    expect(await readFile(join(lab.folder, 'gone'), 'utf8')).toBe('x\n');
  });

  it('is away for longer than the lease: the work stops, and the run ends with 4 and says why', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const lab = await createLab(broker);
    const agents = await Promise.all([lab.agent('node1'), lab.agent('node2')]);
    const lines = [
      'SEND node2 START daemon 600',
      'WAITFOR node2 STARTED',
      'SEND node1 START sleep 600',
      'WAITFOR node1 STARTED',
    ];
    const run = await lab.startRun(lines, ['--lease', '1s']);
    await run.printed(/✓ 3\/4/);
    await broker.kill();
    const words =
      /the run \S+ of tester@\S+ was not heard of for longer than its lease of 1s: its work is stopped/;
    for (const agent of agents) await agent.complained(words);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');

    const again = await startBroker({ port: broker.port });
    onTestFinished(() => again.stop());
    const { code, stdout } = await run.ended;
    expect(stdout).toMatch(
      /WAITFOR node1 STARTED\n {4}node1: START sleep 600 was cancelled: the agent stopped it because it had not heard of this run for longer than its lease of 1s; the broker was away for [\d.]+m?s\n/,
    );
    expect(code, stdout).toBe(4);
  });

  it('is away when STOP and TERMINATE are due: they get through as soon as it is back', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const lab = await createLab(broker);
    const agent = await lab.agent('node1');
    const lines = [
      'SEND node1 START daemon 600',
      'WAITFOR node1 STARTED',
      'WAIT 500ms',
      'SEND node1 STOP',
      'WAITFOR node1 STOPPED',
      'SEND node1 TERMINATE',
      'WAITFOR node1 TERMINATED',
    ];
    const run = await lab.startRun(lines);
    await run.printed(/✓ 2\/7/);
    await broker.kill();
    await run.printed(/✓ 3\/7/);
    const again = await startBroker({ port: broker.port });
    onTestFinished(() => again.stop());
    const { code, stdout } = await run.ended;
    expect(code, stdout).toBe(0);
    expect((await agent.ended).code).toBe(0);
    await expect.poll(lab.processes, PATIENCE).toEqual([]);
  });

  it('is away when the run is interrupted: 130 at once, and the lease ends what cannot be stopped', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const lab = await createLab(broker);
    await lab.agent('node1');
    const lines = ['SEND node1 START sleep 600', 'WAITFOR node1 STARTED'];
    const run = await lab.startRun(lines, ['--lease', '1s']);
    await run.printed(/✓ 1\/2/);
    await broker.kill();
    await run.printed(/connection to broker .* lost/);
    run.signal('SIGINT');
    const { code, stdout } = await run.ended;
    expect(stdout).toContain(
      'node1: what this run started there may still run: the broker is gone; its agent, if it lives, ends it within 1s (--lease)',
    );
    expect(code, stdout).toBe(130);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
  });

  it('is away when a SEND is due: it goes out once, when the broker is back', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const lab = await createLab(broker);
    await lab.agent('node1', { script: 'startFunction() { echo "$1" >>told; }' });
    const run = await lab.startRun(['SEND node1 START 1', 'WAIT 500ms', 'SEND node1 START 2']);
    await run.printed(/✓ 1\/3/);
    await broker.stop();
    await run.printed(/✓ 2\/3/);
    const again = await startBroker({ port: broker.port });
    onTestFinished(() => again.stop());
    const { code, stdout } = await run.ended;
    expect(code, stdout).toBe(0);
    expect(await readFile(join(lab.folder, 'told'), 'utf8')).toBe('1\n2\n');
  });

  it('goes for good during a run: 5, after --broker-timeout', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const lab = await createLab(broker);
    await lab.agent('node1');
    const lines = ['SEND node1 START sleep 600', 'WAITFOR node1 STARTED'];
    const run = await lab.startRun(lines, ['--broker-timeout', '10s/500ms']);
    await run.printed(/✓ 1\/2/);
    await broker.stop();
    const { code, stdout } = await run.ended;
    expect(stdout).toContain('what this run started there may still run: the broker is gone');
    expect(stdout).toMatch(/BROKER LOST .*\n[\s\S]* {2}the broker is lost: it was gone for 500ms/);
    expect(code, stdout).toBe(5);
  });

  it('is gone does not keep an agent from ending on SIGTERM, with its work', async () => {
    const broker = await startBroker();
    onTestFinished(() => broker.stop());
    const lab = await createLab(broker);
    const agent = await lab.agent('node1');
    await lab.publish('node1/COMMAND', 'START background 600');
    await (await lab.listen()).heard('node1/STATUS', 'STARTED');
    await broker.stop();
    await agent.complained(/the broker is gone/);
    const since = performance.now();
    agent.signal('SIGTERM');
    const { code } = await agent.ended;
    expect(performance.now() - since).toBeLessThan(6000);
    expect(code).toBe(0);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
  });
});
