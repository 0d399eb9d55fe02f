import { expect, it } from 'vitest';
import { describeCoreOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';

describeCoreOnEachBroker('whose node it is', (broker) => {
  it('4: a second run is refused and told who has the node; --take-over gets it', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    const lines = ['SEND node1 START sleep 600', 'WAITFOR node1 STARTED'];
    const first = await lab.startRun(lines, [], { env: { USER: 'alice' } });
    await first.printed(/✓ 1\/2/);

    const refused = await lab.run(['SEND node1 START'], [], { env: { USER: 'bob' } });
    expect(refused.stdout).toMatch(/node1: .*BUSY \S+ alice@\S+ since /);
    expect(refused.code).toBe(4);

    const sent = await lab.end(['send', 'node1', 'START'], { env: { USER: 'bob' } });
    expect(sent.stdout).toMatch(/node1: .*BUSY \S+ alice@\S+ since /);
    expect(sent.code).toBe(4);

    const taken = await lab.run(['SEND node1 START mine'], ['--take-over'], { env: { USER: 'bob' } });
    expect(taken.stdout).toContain('started mine');
    expect(taken.code).toBe(0);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
    const { code, stdout } = await first.ended;
    expect(stdout).toContain('node1: START sleep 600 was cancelled: bob@');
    expect(stdout).toMatch(/bob@\S+ took the node over/);
    expect(code, stdout).toBe(4);
  });

  it('a run that passed leaves its work running, and a later one stops it', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    expect((await lab.run(['SEND node1 START background 600', 'WAITFOR node1 STARTED'])).code).toBe(0);
    await expect.poll(lab.processes, PATIENCE).toContain('sleep 600');
    expect((await lab.run(['SEND node1 STOP', 'WAITFOR node1 STOPPED'])).code).toBe(0);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
  });

  it('a run that failed stops what it started, also in the background of other nodes', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    await lab.agent('node2');
    const lines = ['SEND node1 START background 600', 'WAITFOR node1 STARTED', 'SEND node2 START fail eth0'];
    const { code, stdout } = await lab.run(lines);
    expect(stdout).toContain('cleaning up on node1, node2');
    expect(code, stdout).toBe(1);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
  });

  it('a run that was killed is forgotten after its lease, and its work stops', async () => {
    const lab = await createLab(broker());
    await Promise.all([lab.agent('node1'), lab.agent('node2'), lab.agent('node3')]);
    const log = await lab.listen();
    const lines = [
      'SEND node1 START background 600',
      'SEND node2 START daemon 600',
      'WAITFOR node1,node2 STARTED',
      'SEND node3 START sleep 600',
      'WAIT 600',
    ];
    const run = await lab.startRun(lines, ['--lease', '1s']);
    await run.printed(/✓ 4\/5/);
    expect(lab.processes().filter((line) => line === 'sleep 600')).not.toEqual([]);
    run.signal('SIGKILL');
    for (const node of ['node1', 'node2', 'node3']) await log.heard(`${node}/STATUS`, 'STOPPED lease-lost');
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
  });
});
