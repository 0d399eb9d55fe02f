import { expect, it } from 'vitest';
import { describeCoreOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';

describeCoreOnEachBroker('interrupts', (broker) => {
  it.each(['SIGINT', 'SIGTERM'] as const)('130: %s stops what the run started', async (signal) => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    await lab.agent('node2');
    const lines = [
      'SEND node1 START background 600',
      'WAITFOR node1 STARTED',
      'SEND node2 START sleep 600',
      'WAITFOR node2 STARTED',
    ];
    const run = await lab.startRun(lines);
    await run.printed(/✓ 3\/4/);
    run.signal(signal);
    const { code, stdout, stderr } = await run.ended;
    expect(stdout).toContain('cleaning up on node1, node2');
    expect(stdout).toMatch(/\nRecap\n[\s\S]*\nINTERRUPTED \(1 step interrupted\) in /);
    expect(stderr).toBe('');
    expect(code, stdout).toBe(130);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
  });

  it('130: a terminal that is closed, which sends SIGHUP more than once, stops what the run started', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const script = `
      startFunction() { sleep 600 & }
      stopFunction() { publish_mqtt STOPPING; until [[ -e go ]]; do sleep 0.05; done; }
    `;
    await lab.agent('node1', { script });
    const run = await lab.startRun(['SEND node1 START', 'WAIT 600']);
    await run.printed(/✓ 1\/2/);
    run.signal('SIGHUP');
    await log.heard('node1/STATUS', 'STOPPING');
    run.signal('SIGHUP');
    await lab.write('go', '');
    const { code, stdout } = await run.ended;
    expect(stdout).toMatch(/\nRecap\n[\s\S]*\nINTERRUPTED /);
    expect(code, stdout).toBe(130);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
  });

  it('130: a second SIGINT leaves at once', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const script = 'startFunction() { :; }\nstopFunction() { publish_mqtt STOPPING; sleep 600; }';
    await lab.agent('node1', { script });
    const run = await lab.startRun(['SEND node1 START', 'WAIT 600']);
    await run.printed(/✓ 1\/2/);
    run.signal('SIGINT');
    await log.heard('node1/STATUS', 'STOPPING');
    run.signal('SIGINT');
    const { code, stdout } = await run.ended;
    expect(stdout).not.toContain('Recap');
    expect(code, stdout).toBe(130);
  });

  it('130: before the roll call is over', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    const log = await lab.listen();
    const asked = log.next('_all/COMMAND', '.*_report');
    const run = await lab.startRun(['SEND * START', 'WAIT 600']);
    await asked;
    run.signal('SIGINT');
    expect((await run.ended).code).toBe(130);
    expect(log.texts('node1/COMMAND').filter((text) => text.includes('START'))).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '0: %s ends an agent and all it started',
    async (signal) => {
      const lab = await createLab(broker());
      const log = await lab.listen();
      const agent = await lab.agent('node1');
      await lab.publish('node1/COMMAND', 'START background 600', 'START sleep 600');
      await log.heard('node1/STATUS', 'STARTED');
      agent.signal(signal);
      const { code } = await agent.ended;
      expect(code).toBe(0);
      await log.heard('node1/STATUS', 'TERMINATED');
      await expect.poll(lab.processes, PATIENCE).toEqual([]);
    },
  );
});
