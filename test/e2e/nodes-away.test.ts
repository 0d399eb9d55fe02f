import { expect, it } from 'vitest';
import { describeCoreOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';

describeCoreOnEachBroker('nodes that are not there', (broker) => {
  it('4: SEND to a node that never was there, after --ack-timeout', async () => {
    const lab = await createLab(broker());
    const { code, stdout } = await lab.run(['SEND node1 START'], ['--ack-timeout', '500ms']);
    expect(stdout).toContain('node1: START was not delivered: it has not been heard of');
    expect(stdout).toMatch(/UNREACHABLE \(1 step unreachable\) in /);
    expect(code, stdout).toBe(4);
  });

  it("last week's words of a node that is not there satisfy nothing", async () => {
    const lab = await createLab(broker());
    const leave = (status: string) =>
      lab.program('mosquitto_pub', [
        ...[...lab.server, '-r', '-t', `${lab.root}/node1/STATUS`],
        ...['-m', status],
      ]).ended;
    await leave('OFFLINE 7f3c');
    const alive = await lab.run(['WAITFOR node1 ALIVE'], ['--timeout', '1s']);
    expect(alive.stdout).toContain('node1: its last status is OFFLINE');
    expect(alive.code, alive.stdout).toBe(3);
    await leave('STARTED');
    const started = await lab.run(['WAITFOR node1 STARTED'], ['--timeout', '3s']);
    expect(started.code, started.stdout).toBe(3);
  });

  it('4: an agent that does not answer; what was meant for it does not run later', async () => {
    const lab = await createLab(broker());
    const agent = await lab.agent('node1');
    agent.signal('SIGSTOP');
    const { code, stdout } = await lab.run(['SEND node1 START first'], ['--ack-timeout', '500ms']);
    agent.signal('SIGCONT');
    expect(stdout).toContain('node1: START first was not delivered: it has an INFO but does not answer');
    expect(code, stdout).toBe(4);
    expect((await lab.run(['SEND node1 START second'])).stdout).toContain('started second');
    const log = await lab.listen();
    await log.heard('node1/STATUS', 'STARTED');
    expect(log.texts('node1/STATUS')).toEqual(['ALIVE', 'STARTED']);
  });

  it('4: a node that was killed during a wait, after the grace; its work is ended', async () => {
    const lab = await createLab(broker());
    const agent = await lab.agent('node1');
    await lab.agent('node2');
    const lines = ['SEND node1,node2 START sleep 600', 'WAITFOR node1,node2 STARTED'];
    const run = await lab.startRun(lines, ['--offline-grace', '300ms']);
    await run.printed(/✓ 1\/2/);
    agent.signal('SIGKILL');
    const { code, stdout } = await run.ended;
    expect(stdout).toContain('node1 is lost');
    expect(stdout).toMatch(/UNREACHABLE .*\n.*WAITFOR node1,node2 STARTED\n {4}node1: .*lost/);
    expect(code, stdout).toBe(4);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
  });

  it('a node that is away for less than the grace, and is started again, is not the one that got the command', async () => {
    const lab = await createLab(broker());
    const agent = await lab.agent('node1');
    const lines = ['SEND node1 START sleep 600', 'WAITFOR node1 STARTED'];
    const run = await lab.startRun(lines, ['--offline-grace', '30s']);
    await run.printed(/✓ 1\/2/);
    agent.signal('SIGKILL');
    await agent.ended;
    await lab.agent('node1');
    const { code, stdout } = await run.ended;
    expect(stdout).toContain('a new session: the agent was started again');
    expect(stdout).toMatch(
      /node1: START sleep 600 was lost with its agent .*\n +the agent was started again and knows nothing of it/,
    );
    expect(stdout).toMatch(
      /WAITFOR node1 STARTED\n {4}node1: START sleep 600 is lost: the agent was started again/,
    );
    expect(code, stdout).toBe(4);
    const starts = (await lab.listen()).texts('node1/COMMAND').filter((text) => text.includes('"START"'));
    expect(starts).toHaveLength(1);
  });

  it('0: the late will of an older session is answered by the agent, and ignored by the run', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const script = 'startFunction() { until [[ -e go ]]; do sleep 0.05; done; }';
    await lab.agent('node1', { script });
    const run = await lab.startRun(['SEND node1 START', 'WAITFOR node1 STARTED'], ['--offline-grace', '1ms']);
    await run.printed(/✓ 1\/2/);
    const again = log.next('node1/STATUS', 'ALIVE');
    const topic = `${lab.root}/node1/STATUS`;
    await lab.program('mosquitto_pub', [...lab.server, '-r', '-t', topic, '-m', 'OFFLINE older']).ended;
    await again;
    const retained = lab.program('mosquitto_sub', [...lab.server, '-t', topic, '-C', '1']);
    expect((await retained.ended).stdout).toBe('ALIVE\n');
    await lab.write('go', '');
    const { code, stdout } = await run.ended;
    expect(stdout).not.toMatch(/reconnecting|lost/);
    expect(code, stdout).toBe(0);
  });

  it('0: a run that is there first waits for its nodes', async () => {
    const lab = await createLab(broker());
    const run = await lab.startRun(['WAITFOR node1 ALIVE', 'SEND node1 START']);
    await run.printed(/waiting for node1/);
    await lab.agent('node1');
    expect((await run.ended).code).toBe(0);
  });

  it('0: TERMINATE, and the node comes back', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    const lines = [
      'SEND node1 TERMINATE',
      'WAITFOR node1 TERMINATED',
      'WAITFOR node1 ALIVE',
      'SEND node1 START',
    ];
    const run = await lab.startRun(lines);
    await run.printed(/✓ 2\/4/);
    await lab.agent('node1');
    expect((await run.ended).code).toBe(0);
  });
});
