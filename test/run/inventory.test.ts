// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the playbook's own notation.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseInventory } from '../../src/inventory/index.ts';
import { createLab, type Lab, listenToCommands, problemsOf, SCRIPT } from './lab.ts';

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

const { value: inventory } = parseInventory(
  `
servers: {hosts: {s: {ansible_host: 10.0.0.1}}}
clients: {hosts: {"c[1:2]": {server: 10.0.0.1}, c1: {port: 5201}, c2: {port: 5202}}}
`,
  'lab.yaml',
);

describe('with an inventory', () => {
  it('* and groups are its hosts, and nobody is waited for to learn them', async () => {
    const agents = ['s', 'c1', 'c2'].map((node) => lab.agent(node));
    const stranger = lab.agent('stranger', SCRIPT, ['clients']);
    const run = lab.run('SEND * START\nWAITFOR * STARTED\nSEND @clients STOP', { inventory });
    expect(await run.end()).toBe('passed');
    expect(
      run.all('nodes-resolved').map(({ expression, nodes, elapsedMs }) => [expression, nodes, elapsedMs]),
    ).toEqual([
      ['*', ['s', 'c1', 'c2'], 0],
      ['@clients', ['c1', 'c2'], 0],
    ]);
    expect(agents.map(({ calls }) => calls.length)).toEqual([1, 2, 2]);
    expect(stranger.calls).toEqual([]);
  });

  it.each(['SEND * START', 'SEND @clients START', 'WAITFOR * ALIVE TIMEOUT 20s', 'SEND !s START'])(
    'who never answers is missed by name: %s',
    async (playbook) => {
      lab.agent('s');
      lab.agent('c1');
      const run = lab.run(playbook, { inventory });
      expect(['unreachable', 'timed-out']).toContain(await run.end());
      const { problems } = await run.until('run-finished');
      expect(problems.map(({ node }) => node)).toEqual(['c2']);
    },
  );

  it('groups are not what agents say', async () => {
    const s = lab.agent('s', SCRIPT, ['clients']);
    const clients = ['c1', 'c2'].map((node) => lab.agent(node));
    const heard = listenToCommands(lab);
    const run = lab.run('WAITFOR * ALIVE\nSEND @clients START', { inventory });
    expect(await run.end()).toBe('passed');
    expect(heard.toSorted()).toEqual(['c1/COMMAND START', 'c2/COMMAND START']);
    expect(s.calls).toEqual([]);
    expect(clients.map(({ calls }) => calls)).toEqual(Array(2).fill(['startFunction']));
  });

  it('SEND to a group is one message where the agents say the same', async () => {
    for (const node of ['c1', 'c2']) lab.agent(node, SCRIPT, ['clients']);
    const stranger = lab.agent('stranger', SCRIPT, ['clients']);
    const heard = listenToCommands(lab);
    const run = lab.run('WAITFOR @clients ALIVE\nSEND @clients START', { inventory });
    expect(await run.end()).toBe('passed');
    expect(heard).toEqual(['_group/clients/COMMAND START']);
    expect(stranger.calls).toEqual([]);
  });

  it.each(['STOP', 'TERMINATE'])('a %s reaches nobody whom the run does not mean', async (verb) => {
    for (const node of ['c1', 'c2']) lab.agent(node, SCRIPT, ['clients']);
    const stranger = lab.agent('stranger', SCRIPT, ['clients']);
    const heard = listenToCommands(lab);
    const run = lab.run(`WAITFOR @clients ALIVE\nSEND @clients ${verb}`, { inventory });
    expect(await run.end()).toBe('passed');
    expect(heard.toSorted()).toEqual([`c1/COMMAND ${verb}`, `c2/COMMAND ${verb}`]);
    expect(stranger.calls).toEqual([]);
  });

  it.each(['@clients,!c2', '@clients&c1', 'c[1:1]'])('a part of a group is no group: %s', async (nodes) => {
    const agents = ['c1', 'c2'].map((node) => lab.agent(node, SCRIPT, ['clients']));
    const run = lab.run(`WAITFOR @clients ALIVE\nSEND ${nodes} START`, { inventory });
    expect(await run.end()).toBe('passed');
    expect(agents.map(({ calls }) => calls.length)).toEqual([1, 0]);
  });
});

describe('a message that differs from node to node', () => {
  it('says to each what the inventory gives it', async () => {
    const agents = ['c1', 'c2', 's'].map((node) => lab.agent(node, SCRIPT, ['clients']));
    const heard = listenToCommands(lab);
    const run = lab.run(
      'SEND @clients START ${node.server} ${node.port} ${node.name}\nSEND s START ${node.address}',
      {
        inventory,
      },
    );
    expect(await run.end()).toBe('passed');
    expect(agents.map(({ calls }) => calls)).toEqual([
      ['startFunction 10.0.0.1 5201 c1'],
      ['startFunction 10.0.0.1 5202 c2'],
      ['startFunction 10.0.0.1'],
    ]);
    expect(heard.toSorted()).toEqual(['c1/COMMAND START', 'c2/COMMAND START', 's/COMMAND START']);
    expect(
      run
        .all('command-sent')
        .map(({ node, text }) => `${node}: ${text}`)
        .toSorted(),
    ).toEqual(['c1: START 10.0.0.1 5201 c1', 'c2: START 10.0.0.1 5202 c2', 's: START 10.0.0.1']);
    expect(run.all('step-started')[0]?.step.text).toBe(
      'SEND @clients START ${node.server} ${node.port} ${node.name}',
    );
  });

  it('is one message to a group when it does not differ after all', async () => {
    for (const node of ['c1', 'c2']) lab.agent(node, SCRIPT, ['clients']);
    const heard = listenToCommands(lab);
    const run = lab.run('WAITFOR @clients ALIVE\nSEND @clients START ${node.server}', { inventory });
    expect(await run.end()).toBe('passed');
    expect(heard).toEqual(['_group/clients/COMMAND START']);
  });

  it('starts at one instant, too', async () => {
    const agents = ['c1', 'c2'].map((node) => lab.agent(node));
    const run = lab.run('SYNC\nSEND @clients START ${node.port}\nGO\nWAITFOR @clients STARTED', {
      inventory,
    });
    expect(await run.end()).toBe('passed');
    expect(agents.map(({ calls }) => calls)).toEqual([['startFunction 5201'], ['startFunction 5202']]);
  });

  it('knows the name of a node without an inventory, and what is escaped is nothing', async () => {
    const agent = lab.agent('node1');
    const run = lab.run('SET x=1\nSEND node1 START ${node.name} $${node.name} ${x} $x');
    expect(await run.end()).toBe('passed');
    expect(agent.calls).toEqual(['startFunction node1 ${node.name} 1 $x']);
  });
});

describe('without an inventory', () => {
  it.each([
    ['*,!a', ['b', 'c']],
    ['!@x', ['c']],
    ['@x&@y', ['b']],
    ['@x,c,!a', ['b', 'c']],
    ['a,b,!@y', ['a']],
  ])('%s is told among those who answer', async (nodes, expected) => {
    const agents = { a: ['x'], b: ['x', 'y'], c: [] };
    for (const [node, groups] of Object.entries(agents)) lab.agent(node, SCRIPT, groups);
    const run = lab.run(`SEND ${nodes} START`);
    expect(await run.end()).toBe('passed');
    expect(
      run
        .all('command-sent')
        .map(({ node }) => node)
        .toSorted(),
    ).toEqual(expected);
    expect(run.all('nodes-resolved').at(-1)).toMatchObject({ expression: nodes });
    expect(run.all('nodes-resolved').at(-1)?.nodes.toSorted()).toEqual(expected);
  });

  it('names and ranges alone need no roll call', async () => {
    for (const node of ['n1', 'n3']) lab.agent(node);
    const run = lab.run('SEND n[1:3],!n2 START');
    expect(await run.end()).toBe('passed');
    expect(run.all('nodes-resolved')).toMatchObject([{ expression: 'n1,n3', nodes: ['n1', 'n3'] }]);
    expect(run.all('command-sent').every(({ elapsedMs }) => elapsedMs < 2000)).toBe(true);
  });

  it.each([
    ['SEND @x&@y START', 'no agent of "@x&@y" answered the roll call within 2 s'],
    ['SEND *,!a START', 'no agent of "*,!a" answered the roll call within 2 s'],
    ['SEND @x,@z START', 'no agent of the group @z answered the roll call within 2 s'],
    ['SEND a,!@x START', 'no agent of "a,!@x" answered the roll call within 2 s'],
  ])('%s must not be nobody', async (playbook, message) => {
    lab.agent('a', SCRIPT, ['x']);
    await expect(lab.run(playbook).end()).rejects.toMatchObject({ code: 'NO_NODES', message });
  });

  it('whoever is left out is no part of the run', async () => {
    const agent = lab.agent('a', SCRIPT, ['x']);
    lab.agent('b');
    const run = lab.run('SEND a,b,!@x START\nWAIT 5s');
    await run.until('step-started', ({ step }) => step.kind === 'wait');
    agent.kill();
    expect(await run.end()).toBe('passed');
    expect(problemsOf(await run.until('run-finished'))).toEqual([]);
  });
});
