import { expect, it } from 'vitest';
import { describeCoreOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';
import { createWorkplace } from './support/workplace.ts';

describeCoreOnEachBroker('an agent', (broker) => {
  it('TERMINATE: says so, takes its INFO back, ends its work and exits 0', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const agent = await lab.agent('node1');
    await lab.publish('node1/COMMAND', 'START background 600', 'START sleep 600', 'TERMINATE');
    expect((await agent.ended).code).toBe(0);
    await log.heard('node1/STATUS', 'TERMINATED');
    const info = lab.program('mosquitto_sub', [...lab.server, '-t', `${lab.root}/node1/INFO`, '-W', '1']);
    expect((await info.ended).stdout).toBe('');
    await expect.poll(lab.processes, PATIENCE).toEqual([]);
  });

  it('says of verbs that its script does not have that it does not know them', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    await lab.agent('node1', { script: 'startFunction() { :; }' });
    const long = `VERB${'X'.repeat(60)}`;
    await lab.publish('node1/COMMAND', 'DANCE now', long, '; rm -rf /', 'START');
    await log.heard('node1/STATUS', 'STARTED');
    expect(log.texts('node1/STATUS')).toEqual([
      'ALIVE',
      'FAILED DANCE: unknown command',
      `FAILED ${long.slice(0, 40)}: unknown command`,
      'FAILED ;: unknown command',
      'STARTED',
    ]);
    const { code, stdout } = await lab.run(['SEND node1 DANCE']);
    expect(stdout).toContain('DANCE failed: unknown command');
    expect(code).toBe(1);
  });

  it('stays up when its script is of no use, and refuses commands with the reason', async () => {
    const lab = await createLab(broker());
    const failing = 'initFunction() { echo "no wlan0 here" >&2; return 3; }\nstartFunction() { :; }';
    await lab.agent('node1', { script: failing, says: 'FAILED INIT 3' });
    await lab.agent('node2', { script: 'startFunction() {', says: 'FAILED INIT' });
    const reasons = { node1: 'FAILED INIT 3: no wlan0 here', node2: 'FAILED INIT .*syntax error' };
    for (const [node, reason] of Object.entries(reasons)) {
      const { code, stdout } = await lab.run([`SEND ${node} START`]);
      expect(stdout).toMatch(new RegExp(`${node}: it refused START: ${reason}`));
      expect(code, stdout).toBe(1);
    }
    const waiting = await lab.run(['WAITFOR node1 ALIVE']);
    expect(waiting.stdout).toContain('node1: FAILED INIT 3');
    expect(waiting.code).toBe(1);
  });

  it('ignores a command that carries the retain flag, and says so', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const topic = `${lab.root}/node1/COMMAND`;
    await lab.program('mosquitto_pub', [...lab.server, '-t', topic, '-r', '-m', 'START']).ended;
    const agent = await lab.agent('node1');
    await agent.complained(/ignored a retained command/);
    await lab.publish('node1/COMMAND', 'STOP');
    await log.heard('node1/STATUS', 'STOPPED');
    expect(log.texts('node1/STATUS')).toEqual(['ALIVE', 'STOPPED']);
  });

  it('ends with an error when another one has its name, which goes on', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    await lab.write('functions.sh', '');
    const second = await lab.end(['agent', '--name', 'node1']);
    expect(second.stderr).toMatch(/^error: .*node1/m);
    expect(second.code).toBe(2);
    expect((await lab.run(['SEND node1 START'])).code).toBe(0);
  });
});

it('2: an agent without its script', async () => {
  const { end } = await createWorkplace();
  const { code, stderr } = await end(['agent', '--name', 'node1', '--functions', 'none.sh']);
  expect(stderr).toMatch(/^error: there is no node script .*none\.sh\nhint: name it with --functions FILE/);
  expect(code).toBe(2);
});

it('2: an agent with a name that cannot be one', async () => {
  const { end } = await createWorkplace();
  const { code, stderr } = await end(['agent', '--name', 'a/b']);
  expect(stderr).toMatch(/^error: "a\/b" cannot be the name of a node\nhint: /);
  expect(code).toBe(2);
});
