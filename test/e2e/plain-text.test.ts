import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url).pathname;

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
    await lab.publish('node1/COMMAND', 'IDENTIFY', 'STOP');
    await log.heard('node1/STATUS', 'STOPPED');
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
    await lab.publish('node1/COMMAND', 'TERMINATE');
    expect((await agent.ended).code).toBe(0);
    expect(await lateReader()).toBe('TERMINATED\n');
    const said = ['ALIVE', 'STARTED', 'IDENTIFY-DONE', 'STOPPED', 'TERMINATED'];
    expect(log.texts('node1/STATUS')).toEqual(said);
  });

  it('a run drives an agent of a few lines of bash, with the words of the playbook alone', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const told = join(lab.folder, 'told');
    const legacyAgent = join(FIXTURES, 'legacy-agent.sh');
    const alive = log.heard('old/STATUS', 'ALIVE');
    const agent = lab.program('bash', [legacyAgent, '127.0.0.1', `${broker().port}`, lab.root, 'old', told]);
    await alive;
    await lab.agent('new');
    const { code, stdout, stderr } = await lab.run([
      'WAITFOR old,new ALIVE',
      'SEND old,new START 600',
      'WAITFOR old,new STARTED',
      'SEND old STOP',
      'WAITFOR old STOPPED',
      'SEND old TERMINATE',
      'WAITFOR old TERMINATED',
    ]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/old is a legacy agent: it answers with its STATUS alone/);
    expect(stdout).toMatch(/\n {2}new +1 +0.*\n {2}old \(legacy\) +3 +0.*\n\nPASSED/);
    expect(code, stdout).toBe(0);
    expect((await agent.ended).code).toBe(0);
    expect(await readFile(told, 'utf8')).toBe('START 600\nSTOP\nTERMINATE\n');
  });

  it('a run that does not pass stops the work of a legacy agent, too', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const legacyAgent = join(FIXTURES, 'legacy-agent.sh');
    const alive = log.heard('old/STATUS', 'ALIVE');
    lab.program('bash', [legacyAgent, '127.0.0.1', `${broker().port}`, lab.root, 'old', '/dev/null']);
    await alive;
    const run = await lab.startRun(['SEND old START 600', 'WAITFOR old STARTED', 'WAIT 600']);
    await run.printed(/✓ 2\/3/);
    expect(lab.processes()).toContain('sleep 600');
    run.signal('SIGINT');
    expect((await run.ended).code).toBe(130);
    await log.heard('old/STATUS', 'STOPPED');
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
  });

  it('a playbook and functions in the style of the original run unchanged', async () => {
    const lab = await createLab(broker());
    const read = (name: string): Promise<string> => readFile(join(FIXTURES, 'original', name), 'utf8');
    const agents = [
      await lab.agent('server', { script: await read('server.sh') }),
      await lab.agent('client', { script: await read('client.sh') }),
    ];
    const { code, stdout, stderr } = await lab.run((await read('playbook')).split('\n'));
    expect(stderr).toBe('');
    expect(stdout).toContain('server │ Starting iperf3 server on 5299');
    // Its process was gone already: that is what STOP is for.
    expect(stdout).toContain('stopFunction returned 1');
    expect(stdout).toMatch(/PASSED in /);
    expect(code, stdout).toBe(0);
    expect(await readFile(join(lab.folder, 'client.log'), 'utf8')).toContain('iperf Done.');
    for (const agent of agents) expect((await agent.ended).code).toBe(0);
  });
});
