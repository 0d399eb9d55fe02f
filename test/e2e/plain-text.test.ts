import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';
import { createWorkplace } from './support/workplace.ts';

const ORIGINAL = new URL('../fixtures/original/', import.meta.url).pathname;

describeOnEachBroker('the old ways', (broker) => {
  it('mosquitto_pub drives an agent, and its STATUS is there for whoever comes later', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const agent = await lab.agent('node1', {
      script: `startFunction() { printf '<%s>' "$@" >args; sleep 600 & }\nidentifyFunction() { :; }`,
    });
    const lateReader = async (): Promise<string> => {
      const topic = `${lab.root}/node1/STATUS`;
      return (await lab.program('mosquitto_sub', [...lab.server, '-t', topic, '-C', '1']).ended).stdout;
    };

    await lab.publish('node1/COMMAND', `START "two words" it's $HOME`);
    await log.heard('node1/STATUS', 'STARTED');
    expect(await readFile(join(lab.folder, 'args'), 'utf8')).toBe(`<two words><it's><$HOME>`);
    expect(await lateReader()).toBe('STARTED\n');
    const startedAgain = log.next('node1/STATUS', 'STARTED');
    await lab.publish('node1/COMMAND', 'START');
    await startedAgain;
    await lab.publish('node1/COMMAND', 'IDENTIFY', 'STOP');
    await log.heard('node1/STATUS', 'STOPPED');
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
    await lab.publish('node1/COMMAND', 'TERMINATE');
    expect((await agent.ended).code).toBe(0);
    expect(await lateReader()).toBe('TERMINATED\n');
    // Whoever polls must not take the first STARTED for the second.
    const started = ['STARTED', 'RECEIVED START', 'STARTED'];
    const said = ['ALIVE', ...started, 'IDENTIFY-DONE', 'STOPPED', 'TERMINATED'];
    expect(log.texts('node1/STATUS')).toEqual(said);
  });

  it('configuration, playbook and functions in the style of the original run unchanged', async () => {
    const workplace = await createWorkplace();
    for (const name of ['server.sh', 'client.sh', 'playbook'])
      await workplace.write(name, await readFile(join(ORIGINAL, name), 'utf8'));
    await workplace.write('global.config', configOf(broker().port));
    const agents = ['server', 'client'].map((name) =>
      workplace.start(['agent', '--name', name, '--functions', `${name}.sh`]),
    );
    const { code, stdout, stderr } = await workplace.end(['-p', 'playbook']);
    expect(stderr).toBe('');
    expect(stdout).toContain('server │ Starting iperf3 server on 5299');
    // How far it comes in its playbook's WAITs is up to the machine.
    expect(stdout).toContain('client │ Client to 127.0.0.1:5299 for 1 seconds');
    expect(stdout).toMatch(/PASSED in /);
    expect(code, stdout).toBe(0);
    for (const agent of agents) expect((await agent.ended).code).toBe(0);
  });
});

function configOf(port: number): string {
  return `# The MQTT broker
MQTT_SERVER=127.0.0.1:${port}
MQTT_TOPIC="e2e/${randomUUID()}"

USE_ANSIBLE=false
ANSIBLE_PLAYBOOK="ansible.deploy.yaml"
USE_SSH=false
DEBUG=false
`;
}
