import { expect, it } from 'vitest';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';
import { childrenOf } from './support/processes.ts';
import type { Program } from './support/program.ts';

/** With its bash and its reaper, so that nobody cleans up after it. It is stopped first: it would start another bash. */
async function killWithReaper(agent: Program): Promise<void> {
  agent.signal('SIGSTOP');
  for (const pid of childrenOf(agent.pid)) process.kill(pid, 'SIGKILL');
  agent.signal('SIGKILL');
  await agent.ended;
}

describeOnEachBroker('strays', (broker) => {
  it('are what no live run holds: they are listed, and ended when asked for; agents go on', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    for (const node of ['node1', 'node2', 'node3', 'node4']) await lab.agent(node);
    const env = { USER: 'alice' };
    const released = await lab.run(['SEND node1 START background 601', 'WAITFOR node1 STARTED'], [], { env });
    expect(released.code, released.stdout).toBe(0);
    await lab.publish('node2/COMMAND', 'START sleep 602');
    const sent = await lab.end(['send', 'node3', 'START', 'background', '603']);
    expect(sent.code, sent.stdout).toBe(0);
    const live = await lab.startRun(['SEND node4 START background 604', 'WAITFOR node4 STARTED', 'WAIT 600']);
    await live.printed(/✓ 2\/3/);
    await expect.poll(lab.processes, PATIENCE).toContain('sleep 602');

    const list = await lab.end(['nodes', '--strays']);
    expect(list.stdout).toMatch(/^node +what +command +processes +since +state\n/);
    expect(list.stdout).toMatch(
      /^node1 +left +START background 601 +sleep \(\d+\) +\S+ ago +released by run [0-9a-f]{8} of alice@\S+ \S+ ago$/m,
    );
    expect(list.stdout).toMatch(/^node2 +runs +START sleep 602 +sleep \(\d+\) +\S+ ago +plain text$/m);
    expect(list.stdout).toMatch(
      /^node3 +left +START background 603 +sleep \(\d+\) +\S+ ago +sent without a run$/m,
    );
    expect(list.stdout).not.toContain('node4');
    expect(list.stderr).toMatch(/^held by a run, .*: node4 \(tester@\S+\)\n$/);
    expect(list.code).toBe(0);
    expect(lab.processes()).toEqual(
      expect.arrayContaining(['sleep 601', 'sleep 602', 'sleep 603', 'sleep 604']),
    );

    const stopped = await lab.end(['nodes', '--strays', '--stop-strays']);
    expect(stopped.stdout).toMatch(/^outcome +node +what +command +processes +since +state\n/);
    for (const node of ['node1', 'node2', 'node3'])
      expect(stopped.stdout).toMatch(new RegExp(`^ended +${node} `, 'm'));
    expect(stopped.stdout).not.toMatch(/node4|survived/);
    expect(stopped.code, stopped.stderr).toBe(0);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 602');
    const left = lab.processes();
    expect(left).toContain('sleep 604');
    for (const ended of ['sleep 601', 'sleep 603']) expect(left).not.toContain(ended);
    await log.heard('node1/STATUS', 'STOPPED strays');
    expect(log.texts('node4/STATUS')).toEqual(['ALIVE', 'STARTED']);

    const again = await lab.end(['nodes', '--stop-strays']);
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain(`no strays below ${lab.root}/`);
    // Every agent is still there.
    const round = await lab.run(['SEND node1,node2,node3 START', 'WAITFOR node1,node2,node3 STARTED']);
    expect(round.code, round.stdout).toBe(0);
  });

  it('are what a killed agent of another name left: found, and ended, by who lives on its machine', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    await lab.agent('node2');
    const killed = await lab.agent('node7');
    await lab.end(['send', 'node7', 'START', 'background', '607']);
    await killWithReaper(killed);
    await expect.poll(lab.processes, PATIENCE).toContain('sleep 607');

    // Another name is none of its business, unasked.
    await lab.agent('node8');
    const list = await lab.end(['nodes', '--strays', '--json']);
    const { strays, unknown } = JSON.parse(list.stdout);
    expect(strays).toEqual([
      {
        node: 'node7',
        what: 'leftover',
        session: expect.stringMatching(/./),
        foundBy: expect.stringMatching(/^node[128]$/),
        processes: [expect.stringMatching(/^sleep \(\d+\)$/)],
        processCount: 1,
      },
    ]);
    expect(unknown).toEqual([{ node: 'node7', reason: expect.stringContaining('OFFLINE') }]);

    const stopped = await lab.end(['nodes', '--stop-strays', '--json']);
    expect(JSON.parse(stopped.stdout)).toMatchObject({ ended: [{ node: 'node7' }], survived: [] });
    expect(stopped.code, stopped.stderr).toBe(0);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 607');
    expect((await lab.run(['SEND node1,node2,node8 START'])).code).toBe(0);
  });

  it('what a killed agent left is ended by the next one of its name, and by no other', async () => {
    const lab = await createLab(broker());
    for (const node of ['node1', 'node2']) {
      const agent = await lab.agent(node);
      await lab.end(['send', node, 'START', 'background', node === 'node1' ? '611' : '612']);
      await killWithReaper(agent);
    }
    const both = expect.arrayContaining(['sleep 611', 'sleep 612']);
    await expect.poll(lab.processes, PATIENCE).toEqual(both);
    const next = await lab.agent('node1');
    await next.complained(/an agent of this name was killed here; what it had left was ended: sleep \(\d+\)/);
    expect(lab.processes()).not.toContain('sleep 611');
    expect(lab.processes()).toContain('sleep 612');
  });

  it('4: a node that seems to be there and does not answer', async () => {
    const lab = await createLab(broker());
    const frozen = await lab.agent('node1');
    await lab.agent('node2');
    await lab.publish('node2/COMMAND', 'START background 621');
    await (await lab.listen()).heard('node2/STATUS', 'STARTED');
    frozen.signal('SIGSTOP');
    const { code, stdout, stderr } = await lab.end(['nodes', '--stop-strays']);
    frozen.signal('SIGCONT');
    expect(stdout).toMatch(/^ended +node2 /m);
    expect(stderr).toMatch(/^not known: node1: it has an INFO but does not answer$/m);
    expect(code).toBe(4);
  });
});
