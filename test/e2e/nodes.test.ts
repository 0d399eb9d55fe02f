import { expect, it } from 'vitest';
import { describeCoreOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';

describeCoreOnEachBroker('nodes', (broker) => {
  it('says who is there, who was, and who holds whom', async () => {
    const lab = await createLab(broker());
    await lab.agent('node2', { groups: ['clients', 'wifi'] });
    await lab.agent('node10');
    const gone = await lab.agent('node1');
    gone.signal('SIGKILL');
    await (await lab.listen()).heard('node1/STATUS', 'OFFLINE');
    const run = await lab.startRun(['SEND node2 START sleep 600', 'WAITFOR node2 STARTED']);
    await run.printed(/✓ 1\/2/);

    const table = await lab.end(['nodes']);
    expect(table.stderr).toBe('');
    expect(table.stdout).toMatch(
      /^node +state +heard +version +groups +held by\nnode1 +silent .*\nnode2 +alive .* ago +\d+\.\d+\.\d+ +clients,wifi +tester@.*\nnode10 +alive .*\n$/,
    );
    expect(table.code).toBe(0);

    const json = await lab.end(['nodes', '--json']);
    const shared = { session: expect.stringMatching(/./), version: expect.stringMatching(/^\d+\.\d+\.\d+/) };
    const here = { ...shared, state: 'alive', ageMs: expect.any(Number) };
    expect(JSON.parse(json.stdout)).toEqual([
      expect.objectContaining({ node: 'node1', state: 'silent', ageMs: null, lease: null }),
      {
        node: 'node2',
        ...here,
        groups: ['clients', 'wifi'],
        lease: {
          run: expect.stringMatching(/^[\da-f-]{36}$/),
          owner: expect.stringMatching(/^tester@/),
          since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        },
      },
      { node: 'node10', ...here, groups: [], lease: null },
    ]);
    expect(json.code).toBe(0);
  });

  it('says that nobody is there', async () => {
    const lab = await createLab(broker());
    const table = await lab.end(['nodes']);
    expect(table).toMatchObject({ code: 0, stdout: '' });
    expect(table.stderr).toMatch(new RegExp(`^no node below ${lab.root}/ on mqtt://127\\.0\\.0\\.1:`));
  });
});
