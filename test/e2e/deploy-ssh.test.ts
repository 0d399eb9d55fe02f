import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { startMosquitto } from '../support/mosquitto.ts';
import { type SshServer, sshConfigOf, startSshServer, writeSshConfig } from '../support/ssh-server.ts';
import type { Broker } from './support/brokers.ts';
import { createLab, type Lab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';
import type { Ended } from './support/program.ts';

interface SshLab extends Lab {
  readonly hosts: Readonly<Record<'node1' | 'node2', SshServer>>;
  deploy(words?: readonly string[]): Promise<Ended>;
  /** Where the agent of a node belongs. */
  at(host: 'node1' | 'node2', node: string, name?: string): string;
}

let broker: Broker;
beforeAll(async () => {
  const mosquitto = await startMosquitto();
  broker = { ...mosquitto };
  return () => mosquitto.stop();
});

/** Nodes of the same name as their hosts, and node3 on the host of node2. */
async function createSshLab(script = SCRIPT): Promise<SshLab> {
  const lab = await createLab(broker);
  const hosts = { node1: await startSshServer(), node2: await startSshServer() };
  for (const host of Object.values(hosts)) onTestFinished(() => host.stop());
  const sshConfig = await writeSshConfig(lab.folder, hosts);
  await lab.write('node-scripts/default/functions.sh', script);
  await lab.write(
    'inventory.yaml',
    `all:
  vars:
    mqtt_server: 127.0.0.1:${broker.port}
  children:
    clients:
      hosts:
        node1:
        node2:
        node3: { ansible_host: node2 }
`,
  );
  const deploy = (words: readonly string[] = []): Promise<Ended> =>
    lab.end(['deploy', '--inventory', 'inventory.yaml', '--ssh-config', sshConfig, ...words]);
  // Whatever a test does, nothing is left on the hosts.
  onTestFinished(async () => {
    await deploy(['--remove', '--take-over']);
  });
  return {
    ...lab,
    hosts,
    deploy,
    at: (host, node, name = '.') => join(hosts[host].home, '.local/share/mqtt-orchestrate', node, name),
  };
}

const SCRIPT = 'startFunction() { echo "started $*"; }\nstopFunction() { :; }\n';

it('brings agents to all hosts, changes nothing the second time, and takes everything away', async () => {
  const lab = await createSshLab();
  const first = await lab.deploy();
  expect(first.stderr).not.toContain('hint');
  expect(first.stdout).toMatch(/^node1 +deployed +agent\.cjs with Node\.js \S+, alive$/m);
  expect(first.stdout).toMatch(/\n3 hosts: 3 deployed\n$/);
  expect(first.code).toBe(0);
  const run = await lab.run([
    'WAITFOR @clients ALIVE',
    'SEND node1,node2,node3 START x',
    'WAITFOR node3 STARTED',
  ]);
  expect(run.code, run.stdout).toBe(0);

  const sessions = ['node1', 'node2', 'node3'].map((node) =>
    readFileSync(lab.at(node === 'node1' ? 'node1' : 'node2', node, 'session'), 'utf8'),
  );
  const second = await lab.deploy();
  expect(second.stdout).toMatch(/\n3 hosts: 3 unchanged\n$/);
  expect(readFileSync(lab.at('node1', 'node1', 'session'), 'utf8')).toBe(sessions[0]);

  await lab.write('node-scripts/node3/functions.sh', `${SCRIPT}# changed\n`);
  const third = await lab.deploy();
  expect(third.stdout).toMatch(/\n3 hosts: 2 unchanged, 1 deployed\n$/);
  expect(readFileSync(lab.at('node2', 'node3', 'session'), 'utf8')).not.toBe(sessions[2]);

  const removed = await lab.deploy(['--remove']);
  expect(removed.stdout).toMatch(/\n3 hosts: 3 ended\n$/);
  for (const { home } of Object.values(lab.hosts))
    expect(readdirSync(join(home, '.local/share'))).toEqual([]);
  expect((await lab.end(['nodes', '--json'])).stdout).not.toContain('"alive"');
});

it('says what it would do, and does nothing, with --dry-run', async () => {
  const lab = await createSshLab();
  const { code, stdout } = await lab.deploy(['--dry-run', '--limit', 'node1']);
  expect(stdout).toMatch(
    /^node1 +planned +agent\.cjs with Node\.js \S+: would copy agent\.cjs, functions\.sh, global\.config, run; start it$/m,
  );
  expect(code).toBe(0);
  expect(readdirSync(lab.hosts.node1.home)).toEqual([]);
  expect((await lab.deploy(['--dry-run', '--remove'])).stdout).toMatch(/\n3 hosts: 3 unchanged\n$/);
});

it('shows what is there and what it wrote, and stops it', async () => {
  const lab = await createSshLab('echo "a word of the script"\n');
  await lab.deploy(['--limit', 'node1,node2']);
  const status = await lab.deploy(['--status']);
  expect(status.stdout).toMatch(/^node1 +agent\.cjs +\d+ +- +alive +\S+ +-$/m);
  expect(status.stdout).toMatch(/^node3 +- +- +- +\S+ +- +-$/m);
  expect(status.code).toBe(0);
  const logs = await lab.deploy(['--logs', 'node1']);
  expect(logs.stdout).toContain('connected as node1');
  const json = await lab.deploy(['--status', '--json', '--limit', 'node2']);
  expect(JSON.parse(json.stdout)).toMatchObject([
    { node: 'node2', outcome: 'seen', state: 'alive', service: null },
  ]);
  const log = await lab.listen();
  const stopped = await lab.deploy(['--stop', '--limit', 'node1']);
  expect(stopped.stdout).toMatch(/^node1 +ended +stopped$/m);
  await log.heard('node1/STATUS', 'TERMINATED');
  expect((await lab.deploy(['--status'])).stdout).toMatch(/^node1 +agent\.cjs +- +- +terminated/m);
});

it('leaves a node alone that a run holds, and names its owner, unless it may take it over', async () => {
  const lab = await createSshLab();
  await lab.deploy(['--limit', 'node1,node2']);
  const run = await lab.startRun(['SEND node1 START x', 'WAITFOR node1 STARTED', 'WAITFOR node1 NEVER']);
  await run.printed(/✓ 2\/3/);
  await lab.write('node-scripts/default/functions.sh', `${SCRIPT}# changed\n`);
  const first = await lab.deploy(['--limit', 'node1,node2']);
  expect(first.stdout).toMatch(/^node1 +failed +in-use: a run of tester@\S+ holds the node$/m);
  expect(first.stdout).toMatch(/^node2 +deployed /m);
  expect(first.stderr).toMatch(/hint: wait until it has ended, or give --take-over/);
  expect(first.stderr).toMatch(/\nerror: 1 of 2 hosts failed: node1\n/);
  expect(first.code).toBe(6);
  const second = await lab.deploy(['--limit', 'node1', '--take-over']);
  expect(second.stdout).toMatch(/^node1 +deployed /m);
  expect((await run.ended).code).not.toBe(0);
});

it('names what went wrong on each host, with what to do; the others go on', async () => {
  const lab = await createSshLab();
  const stranger = await startSshServer();
  const changed = await startSshServer();
  for (const host of [stranger, changed]) onTestFinished(() => host.stop());
  const config = sshConfigOf(
    {
      node1: lab.hosts.node1,
      keyless: { ...lab.hosts.node2, keyFile: stranger.keyFile },
      unknown: stranger,
      changed,
      closed: { ...stranger, port: 1 },
    },
    join(lab.folder, 'known'),
  );
  await lab.write('ssh_config', config);
  const keyOf = { node1: lab.hosts.node1, keyless: lab.hosts.node2, changed: stranger, closed: stranger };
  await lab.write(
    'known',
    Object.entries(keyOf)
      .map(([name, { hostKey }]) => `${name} ${hostKey}\n`)
      .join(''),
  );
  const names = ['node1', 'keyless', 'unknown', 'changed', 'closed', 'nowhere.invalid'];
  await lab.write(
    'inventory.yaml',
    `all:\n  vars: { mqtt_server: "127.0.0.1:${broker.port}" }\n  hosts:\n${names.map((name) => `    ${name}:\n`).join('')}`,
  );
  const ended = await lab.deploy(['--json']);
  const outcomes = JSON.parse(ended.stdout) as {
    node: string;
    outcome: string;
    problem?: string;
    hint?: string;
  }[];
  expect(
    Object.fromEntries(outcomes.map(({ node, outcome, problem }) => [node, problem ?? outcome])),
  ).toEqual({
    node1: 'deployed',
    keyless: 'permission',
    unknown: 'host-key',
    changed: 'host-key',
    closed: 'unreachable',
    'nowhere.invalid': 'unreachable',
  });
  expect(ended.stderr).toMatch(/changed: its host key is not the one that is known/);
  expect(ended.stderr).toMatch(/unknown: its host key is not known yet/);
  expect(ended.stderr).toMatch(
    /error: 5 of 6 hosts failed: keyless, unknown, changed, closed, nowhere\.invalid/,
  );
  expect(ended.code).toBe(6);

  const few = await lab.deploy([
    '--json',
    '--parallel',
    '1',
    '--max-failures',
    '2',
    '--limit',
    'keyless,unknown,node1',
  ]);
  expect((JSON.parse(few.stdout) as typeof outcomes).map(({ outcome }) => outcome)).toEqual([
    'failed',
    'failed',
    'skipped',
  ]);
});

it('says why an agent that was started is not alive: it cannot reach the broker from there', async () => {
  const lab = await createSshLab();
  await lab.write('inventory.yaml', 'all:\n  hosts:\n    node1: { mqtt_server: "127.0.0.1:9" }\n');
  const { code, stderr, stdout } = await lab.deploy();
  expect(stdout).toMatch(
    /^node1 +failed +not-alive: started, but not alive within 45s: nothing was heard of it over MQTT$/m,
  );
  expect(stderr).toMatch(/hint: it cannot reach the broker from there: /);
  expect(stderr).toMatch(/ \| .*127\.0\.0\.1:9/);
  expect(code).toBe(6);
}, 120_000);

it('says why an agent that was started is not alive: its node script does not begin', async () => {
  const lab = await createSshLab('initFunction() { return 3; }\n');
  const { stdout } = await lab.deploy(['--limit', 'node1']);
  expect(stdout).toMatch(
    /^node1 +failed +not-alive: started, but its node script does not begin: FAILED INIT/m,
  );
});

it('deploys first with -s, for the nodes that the playbook speaks of, and runs nothing when one fails', async () => {
  const lab = await createSshLab();
  const words = ['-s', '--inventory', 'inventory.yaml', '--ssh-config', join(lab.folder, 'ssh_config')];
  const good = await lab.run(['SEND node1 START x', 'WAITFOR node1 STARTED'], words);
  expect(good.stderr).toMatch(/^node1 +deployed /m);
  expect(good.stderr).not.toMatch(/^node2/m);
  expect(good.stdout).toMatch(/PASSED/);
  expect(good.code).toBe(0);
  await lab.hosts.node2.stop();
  const bad = await lab.run(['SEND @clients START x'], words);
  expect(bad.stderr).toMatch(/error: 2 of 3 hosts failed: node2, node3\n/);
  expect(bad.stdout).toBe('');
  expect(bad.code).toBe(6);
});

it('ends in order when it is interrupted, and leaves no connection behind', async () => {
  const lab = await createSshLab('initFunction() { touch initialising; sleep 600; }\n');
  const deployment = lab.start([
    ...[
      'deploy',
      '--inventory',
      'inventory.yaml',
      '--ssh-config',
      join(lab.folder, 'ssh_config'),
      '--limit',
      'node1',
    ],
  ]);
  await expect.poll(() => existsSync(lab.at('node1', 'node1', 'initialising')), PATIENCE).toBe(true);
  deployment.signal('SIGINT');
  expect((await deployment.ended).code).toBe(130);
  await expect.poll(() => lab.processes().filter((line) => line.startsWith('ssh')), PATIENCE).toEqual([]);
  expect(readdirSync(lab.folder).filter((name) => name.startsWith('orch-'))).toEqual([]);
});

it('puts a password where only its owner reads it, and on no command line', async () => {
  const lab = await createSshLab();
  await lab.write('global.config', "MQTT_USERNAME=me\nMQTT_PASSWORD='s3cret $x'\nMY_OWN='a b'\n");
  const seen = new Set<string>();
  const watching = setInterval(() => {
    for (const line of lab.processes()) seen.add(line);
  }, 5);
  const { code, stdout, stderr } = await lab
    .deploy(['--limit', 'node1'])
    .finally(() => clearInterval(watching));
  expect(stdout).toMatch(/^node1 +deployed /m);
  expect(code).toBe(0);
  expect([...seen].filter((line) => line.startsWith('ssh ')).length).toBeGreaterThan(0);
  expect([...seen].filter((line) => line.includes('s3cret'))).toEqual([]);
  expect(stdout + stderr).not.toContain('s3cret');
  const config = lab.at('node1', 'node1', 'global.config');
  expect(readFileSync(config, 'utf8')).toContain("MQTT_PASSWORD='s3cret $x'\nMY_OWN='a b'\n");
  expect(statSync(config).mode & 0o777).toBe(0o600);
});

it('tells before anything that the hosts cannot reach a broker at 127.0.0.1', async () => {
  const lab = await createSshLab();
  await lab.write('inventory.yaml', 'all:\n  hosts:\n    node1:\n');
  const { code, stderr } = await lab.deploy();
  expect(stderr).toMatch(
    /^error: node1 cannot reach the broker at mqtt:\/\/127\.0\.0\.1:\d+: on node1 that is the host itself\n/,
  );
  expect(code).toBe(2);
});

it('brings the shell agent where it is wanted, and takes the other one away', async () => {
  const lab = await createSshLab();
  await lab.deploy(['--limit', 'node1']);
  const inventory = readFileSync(join(lab.folder, 'inventory.yaml'), 'utf8');
  await lab.write('inventory.yaml', inventory.replace('vars:', 'vars:\n    mqtt_agent: shell'));
  const first = await lab.deploy(['--limit', 'node1,node2']);
  expect(first.stdout).toMatch(/^node1 +deployed +agent\.sh with bash \S+, alive$/m);
  expect(first.stdout).toMatch(/^node2 +deployed +agent\.sh with bash \S+, alive$/m);
  expect(readdirSync(lab.at('node1', 'node1'))).not.toContain('agent.cjs');
  const run = await lab.run(['SEND node1 START x', 'WAITFOR node1 STARTED']);
  expect(run.code, run.stdout).toBe(0);
  expect((await lab.deploy(['--limit', 'node1,node2'])).stdout).toMatch(/\n2 hosts: 2 unchanged\n$/);
  expect((await lab.deploy(['--remove'])).stdout).toMatch(/\n3 hosts: 2 ended, 1 unchanged\n$/);
});

it('takes away the INFO of an agent that was killed, when it is removed', async () => {
  const lab = await createSshLab();
  await lab.deploy(['--limit', 'node1,node2']);
  const info = (node: string): Promise<Ended> =>
    lab.program('mosquitto_sub', [...lab.server, '-t', `${lab.root}/${node}/INFO`, '-C', '1', '-W', '2'])
      .ended;
  const [pid] = readFileSync(lab.at('node1', 'node1', 'session'), 'utf8').split(' ');
  const log = await lab.listen();
  process.kill(Number(pid), 'SIGKILL');
  await log.heard('node1/STATUS', 'OFFLINE');
  expect((await info('node1')).stdout).toContain('"node":"node1"');
  const removed = await lab.deploy(['--remove', '--limit', 'node1']);
  expect(removed.stdout).toMatch(/^node1 +ended +it did not run; its folder is removed$/m);
  expect((await info('node1')).stdout).toBe('');
  expect((await info('node2')).stdout).toContain('"node":"node2"');
});
