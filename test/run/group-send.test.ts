import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLab, type Lab, listenToCommands, SCRIPT } from './lab.ts';

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

const TO_GROUP = 'SEND @clients START 1\nWAITFOR @clients STARTED';

describe('SEND to a group', () => {
  it('is one message, and each member has its own acknowledgement and result', async () => {
    const agents = ['a', 'b', 'c'].map((node) => lab.agent(node, SCRIPT, ['clients']));
    lab.agent('d', SCRIPT, ['servers']);
    const heard = listenToCommands(lab);
    const run = lab.run(TO_GROUP);
    expect(await run.end()).toBe('passed');
    expect(heard).toEqual(['_group/clients/COMMAND START']);
    expect(agents.map(({ calls }) => calls)).toEqual(Array(3).fill(['startFunction 1']));
    expect(
      run
        .all('command-finished')
        .map(({ node, end }) => `${node} ${end}`)
        .sort(),
    ).toEqual(['a ok', 'b ok', 'c ok']);
  });

  it('is one message on a slow link, too, where it takes time to make ready for the first command', async () => {
    await lab.close();
    lab = createLab(({ kind }) => [kind === 'deliver' ? 200 : 0]);
    for (const node of ['a', 'b', 'c']) lab.agent(node, SCRIPT, ['clients']);
    const heard = listenToCommands(lab);
    const run = lab.run(TO_GROUP);
    expect(await run.end()).toBe('passed');
    expect(heard).toEqual(['_group/clients/COMMAND START']);
  });

  it('is a message to each where others are meant, too', async () => {
    for (const node of ['a', 'b']) lab.agent(node, SCRIPT, ['clients']);
    lab.agent('d');
    const heard = listenToCommands(lab);
    const run = lab.run('SEND @clients,d START 1\nWAITFOR @clients,d STARTED');
    expect(await run.end()).toBe('passed');
    expect(heard.sort()).toEqual(['a/COMMAND START', 'b/COMMAND START', 'd/COMMAND START']);
  });

  it('is a message to each as soon as a member is not ready in time', async () => {
    lab.agent('a', SCRIPT, ['clients']);
    lab.agent('b', SCRIPT, ['clients']);
    const c = lab.agent('c', SCRIPT, ['clients']);
    const heard = listenToCommands(lab);
    const run = lab.run(`WAITFOR @clients ALIVE\n${TO_GROUP}`, { ackTimeoutMs: 3000 });
    run.on('step-finished', ({ step }) => step.kind === 'waitfor' && c.freeze());
    expect(await run.end()).toBe('unreachable');
    expect(heard).toContain('a/COMMAND START');
    expect(heard).toContain('b/COMMAND START');
    expect(heard).not.toContain('_group/clients/COMMAND START');
  });

  it('reaches nobody by the topic of the group whom the run does not mean', async () => {
    for (const node of ['a', 'b']) lab.agent(node, SCRIPT, ['clients']);
    const run = lab.run(`WAITFOR @clients ALIVE\nWAIT 5s\n${TO_GROUP}`);
    let late: ReturnType<Lab['agent']> | undefined;
    run.on('step-started', ({ step }) => {
      if (step.kind === 'wait') late = lab.agent('late', SCRIPT, ['clients']);
    });
    expect(await run.end()).toBe('passed');
    expect(late?.calls).toEqual([]);
  });
});
