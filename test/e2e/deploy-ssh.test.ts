import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { startMosquitto } from '../support/mosquitto.ts';
import { type SshServer, startSshServer, writeSshConfig } from '../support/ssh-server.ts';
import type { Broker } from './support/brokers.ts';
import { createLab, type Lab } from './support/lab.ts';
import type { Ended } from './support/program.ts';

interface SshLab extends Lab {
  readonly hosts: Readonly<Record<string, SshServer>>;
  deploy(words?: readonly string[]): Promise<Ended>;
  /** Where the agent of a node belongs. */
  at(host: string, node: string, name?: string): string;
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
    at: (host, node, name = '.') =>
      join(hosts[host as 'node1'].home, '.local/share/mqtt-orchestrate', node, name),
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
