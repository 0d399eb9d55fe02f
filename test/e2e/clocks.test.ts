import { expect, it } from 'vitest';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { startLegacyAgent } from './support/legacy.ts';

const MS = '\\d+(?:\\.\\d+)? ms';

describeOnEachBroker('clocks', (broker) => {
  it('tells how the clocks of those who are there stand against ours, and whose are not known', async () => {
    const lab = await createLab(broker());
    await lab.agent('node2', { groups: ['clients'] });
    await lab.agent('node10');
    await startLegacyAgent(lab, broker(), 'old', 'startFunction() { :; }');
    const gone = await lab.agent('node1');
    gone.signal('SIGKILL');
    await (await lab.listen()).heard('node1/STATUS', 'OFFLINE');

    const table = await lab.end(['clocks']);
    const row = (node: string): string => `${node} +-?${MS} +${MS} +${MS} +${MS} +${MS} +\\d+\n`;
    expect(table.stdout).toMatch(
      new RegExp(`^node +offset +± +round trip min +p50 +jitter +pings\n${row('node2')}${row('node10')}$`),
    );
    expect(table.stderr).toMatch(
      new RegExp(
        `^if they started together, their clocks would set them apart by about ${MS}, by ${MS} at most\n` +
          'if a way is slower in one direction, .*\n' +
          'not known: node1: its agent is gone \\(OFFLINE\\)\n' +
          'not known: old: it reads plain text alone, and answers no ping\n$',
      ),
    );
    expect(table.code).toBe(0);
  });

  it('measures those who are named, and misses those who are not there', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1', { groups: ['clients'] });
    await lab.agent('node2');
    const json = await lab.end(['clocks', '--json', '@clients']);
    const [node1, ...others] = JSON.parse(json.stdout);
    expect(others).toEqual([]);
    expect(node1).toEqual({
      node: 'node1',
      state: 'alive',
      session: expect.stringMatching(/./),
      offsetMs: expect.any(Number),
      uncertaintyMs: expect.any(Number),
      roundTripMs: { min: expect.any(Number), p50: expect.any(Number), max: expect.any(Number) },
      jitterMs: expect.any(Number),
      samples: expect.any(Number),
      reason: null,
    });
    expect(node1.samples).toBeGreaterThan(0);
    expect(node1.uncertaintyMs).toBeGreaterThan(0);
    expect(json.code).toBe(0);

    const missing = await lab.end(['clocks', '--json', 'node2', 'node3']);
    expect(JSON.parse(missing.stdout)).toEqual([
      expect.objectContaining({ node: 'node2', reason: null }),
      {
        node: 'node3',
        state: 'unknown',
        session: null,
        offsetMs: null,
        uncertaintyMs: null,
        roundTripMs: null,
        jitterMs: null,
        samples: 0,
        reason: 'it has not been heard of',
      },
    ]);
    expect(missing.code).toBe(4);
  });

  it('says that nobody is there', async () => {
    const lab = await createLab(broker());
    const everybody = await lab.end(['clocks']);
    expect(everybody).toMatchObject({ code: 0, stdout: '' });
    expect(everybody.stderr).toMatch(new RegExp(`^no node below ${lab.root}/ on mqtt://127\\.0\\.0\\.1:`));
    const group = await lab.end(['clocks', '@clients']);
    expect(group).toMatchObject({ code: 4, stdout: '' });
    expect(group.stderr).toMatch(new RegExp(`^no node of @clients below ${lab.root}/ on `));
  });

  it('disturbs no run: its nodes are held and busy meanwhile, and both are right', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    const run = await lab.startRun(['SEND node1 START sleep 600', 'WAITFOR node1 STARTED TIMEOUT 20']);
    await run.printed(/✓ 1\/2/);
    const clocks = await lab.end(['clocks', 'node1']);
    expect(clocks.stdout).toMatch(/^node1 /m);
    expect(clocks.code).toBe(0);
    run.signal('SIGTERM');
    expect((await run.ended).code).toBe(130);
  });
});
