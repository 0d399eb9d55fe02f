import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLab, type Lab, problemsOf, SCRIPT } from './lab.ts';

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

const START_AND_STOP = `
  WAITFOR node1,node2 ALIVE
  SEND node1,node2 START SERVER 5201
  WAITFOR node1,node2 STARTED
  SEND node1,node2 STOP
  WAITFOR node1,node2 STOPPED`;

describe('a run', () => {
  it('passes when every step has, and tells what happened in order', async () => {
    const agent1 = lab.agent('node1');
    const agent2 = lab.agent('node2');
    const run = lab.run(START_AND_STOP);
    expect(await run.end()).toBe('passed');
    expect(agent1.calls).toEqual(['startFunction SERVER 5201', 'stopFunction']);
    expect(agent2.calls).toEqual(agent1.calls);
    expect(run.events.map(({ seq }) => seq)).toEqual(run.events.map((_, index) => index + 1));
    expect(run.events[0]).toMatchObject({ type: 'run-started', owner: 'user1@lab', broker: 'memory' });
    expect(run.events.at(-1)).toMatchObject({ type: 'run-finished', verdict: 'passed', problems: [] });
    expect(run.all('step-finished').map(({ verdict }) => verdict)).toEqual(Array(5).fill('passed'));
    expect(run.all('command-finished').map(({ node, text, end }) => `${node} ${text} ${end}`)).toEqual([
      'node1 START SERVER 5201 ok',
      'node2 START SERVER 5201 ok',
      'node1 STOP ok',
      'node2 STOP ok',
    ]);
    expect(run.all('output-received')).toMatchObject([
      { node: 'node1', stream: 'stdout', lines: ['started'] },
      { node: 'node2', stream: 'stdout', lines: ['started'] },
    ]);
  });

  it('leaves nothing behind: no timer, no connection', async () => {
    const run = lab.run('SET a=1\nWAIT 1s');
    expect(await run.end()).toBe('passed');
    expect(lab.clock.pendingTimers()).toBe(0);
    expect(lab.broker.connectedClients).toBe(0);
  });

  it('waits for what it is told, also where adding up fractions of milliseconds loses a little', async () => {
    await lab.clock.advance(3000.247 - lab.clock.now());
    const run = lab.run('WAIT 3');
    expect(await run.end()).toBe('passed');
    expect(run.all('step-finished')[0]?.tookMs).toBeCloseTo(3000);
  });

  it('leaves nothing behind when it had agents', async () => {
    const agent = lab.agent('node1');
    const run = lab.run(
      'SEND node1 START\nWAITFOR node1 STARTED\nSEND node1 TERMINATE\nWAITFOR node1 TERMINATED',
    );
    expect(await run.end()).toBe('passed');
    await agent.ended;
    expect(lab.clock.pendingTimers()).toBe(0);
    expect(lab.broker.connectedClients).toBe(0);
  });

  it('leaves the work running and the node free when it passed', async () => {
    const agent = lab.agent('node1');
    expect(await lab.run('SEND node1 START\nWAITFOR node1 STARTED').end()).toBe('passed');
    expect(agent.calls).toEqual(['startFunction']);
    const next = lab.run('SEND node1 STOP\nWAITFOR node1 STOPPED\nSEND node1 START');
    expect(await next.end()).toBe('passed');
  });

  it('waits at its end for the result of every command, waited for or not', async () => {
    lab.agent('node1', { startFunction: { takesMs: 60_000 } });
    const run = lab.run('SEND node1 START');
    expect(await run.end()).toBe('passed');
    expect(run.events.at(-1)?.elapsedMs).toBeGreaterThanOrEqual(60_000);
  });

  it('fails by a command that nobody waited for', async () => {
    lab.agent('node1', { startFunction: { code: 7, stderr: 'no such port' } });
    const run = lab.run('SEND node1 START\nWAIT 1s');
    expect(await run.end()).toBe('failed');
    expect(run.all('step-finished').map(({ verdict }) => verdict)).toEqual(['passed', 'passed']);
    expect(problemsOf(await run.until('run-finished'))).toEqual(['node1: START failed: no such port']);
  });

  it('fails by a result that does not come within the time-out, and names whose', async () => {
    lab.agent('node1', { startFunction: { takesMs: Number.POSITIVE_INFINITY } });
    const run = lab.run('SEND node1 START', { timeoutMs: 60_000 });
    expect(await run.end()).toBe('timed-out');
    expect(problemsOf(await run.until('run-finished'))).toEqual(['node1: no result of START yet']);
  });

  it('does not fail by a failure that was waited for', async () => {
    lab.agent('node1', { startFunction: { code: 7 }, stopFunction: {} });
    expect(await lab.run('SEND node1 START\nWAITFOR node1 FAILED').end()).toBe('passed');
  });

  it('does not fail by a START that its own STOP cancelled', async () => {
    lab.agent('node1', { ...SCRIPT, startFunction: { takesMs: Number.POSITIVE_INFINITY } });
    const run = lab.run('SEND node1 START\nSEND node1 STOP\nWAITFOR node1 STOPPED');
    expect(await run.end()).toBe('passed');
    expect(run.all('command-finished').map(({ end }) => end)).toEqual(['cancelled', 'ok']);
  });

  it('takes values from SET, and from the user, who wins', async () => {
    const agent = lab.agent('node1');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the playbook's, not ours
    const playbook = 'SET port=5201\nSET host=a\nSEND node1 START ${host} ${port}';
    const run = lab.run(playbook, { variables: new Map([['port', '6000']]) });
    expect(await run.end()).toBe('passed');
    expect(agent.calls).toEqual(['startFunction a 6000']);
  });

  it('tells progress of the scripts', async () => {
    lab.agent('node1', { startFunction: { updates: ['9.41 Gbit/s'], says: [[10, 'READY']], takesMs: 20 } });
    const run = lab.run('SEND node1 START\nWAITFOR node1 READY');
    expect(await run.end()).toBe('passed');
    expect(run.all('update-reported')).toMatchObject([{ node: 'node1', text: '9.41 Gbit/s' }]);
    expect(run.all('status-reported').map(({ text }) => text)).toEqual(
      expect.arrayContaining(['READY', 'STARTED']),
    );
  });

  it('refuses a step that means nothing, after it has given back what it held', async () => {
    const agent = lab.agent('node1');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the playbook's, not ours
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED\nSEND node1 ${nothing}');
    await expect(run.end()).rejects.toMatchObject({ code: 'PLAYBOOK_INVALID' });
    expect(agent.calls).toEqual(['startFunction', 'stopFunction']);
    expect(await lab.run('SEND node1 START').end()).toBe('passed');
  });
});

describe('a wait', () => {
  it('fails at once when the function failed', async () => {
    lab.agent('node1', { startFunction: { takesMs: 50, code: 7, stderr: 'no such port' } });
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED');
    expect(await run.end()).toBe('failed');
    const { tookMs } = await run.until('step-finished', ({ step }) => step.index === 1);
    expect(tookMs).toBeLessThan(1000);
    expect(problemsOf(await run.until('run-finished'))).toEqual(['node1: START failed: no such port']);
  });

  it('names who is missing, while it lasts and when its time is up', async () => {
    lab.agent('node1');
    lab.agent('node2', { startFunction: { takesMs: Number.POSITIVE_INFINITY }, stopFunction: {} });
    const run = lab.run(`
      SEND node1,node2 START
      WAITFOR node1,node2 STARTED TIMEOUT 5s`);
    expect(await run.end()).toBe('timed-out');
    expect(run.all('step-waiting')[0]).toMatchObject({
      satisfied: ['node1'],
      missing: [{ node: 'node2', reason: 'START is under way' }],
      waitedMs: 1000,
      timeoutMs: 5000,
    });
    expect(run.all('step-waiting')).toHaveLength(4);
    expect(problemsOf(await run.until('run-finished'))).toEqual(['node2: START is under way']);
  });

  it('tells everyone for whom it is hopeless, not only the first', async () => {
    for (const node of ['node1', 'node2', 'node3'])
      lab.agent(node, { startFunction: { code: node === 'node3' ? 0 : 7 } });
    const run = lab.run(
      'WAITFOR node1,node2,node3 ALIVE\nSEND node1,node2,node3 START\nWAIT 1s\nWAITFOR node1,node2,node3 STARTED',
    );
    expect(await run.end()).toBe('failed');
    const { problems } = await run.until('run-finished');
    expect(problems.map(({ node }) => node)).toEqual(['node1', 'node2']);
  });

  it('fails when the node is lost: its process died', async () => {
    const agent = lab.agent('node1', { startFunction: { takesMs: 60_000 } });
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED');
    await run.until('command-acknowledged');
    agent.kill();
    expect(await run.end()).toBe('unreachable');
    expect(problemsOf(await run.until('run-finished'))).toEqual([
      'node1: it was lost: the broker said OFFLINE and it did not come back',
    ]);
    expect(run.all('clean-up-finished')).toMatchObject([
      { problems: [{ node: 'node1', reason: expect.stringContaining('may still run') }] },
    ]);
  });

  it('fails when the node is lost: the network swallows everything', async () => {
    const agent = lab.agent('node1', { startFunction: { takesMs: 600_000 } });
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED');
    await run.until('command-acknowledged');
    agent.freeze();
    expect(await run.end()).toBe('unreachable');
    expect(problemsOf(await run.until('run-finished'))[0]).toMatch(/nothing was heard of it for 15s/);
  });

  it('does not fail when the agent reconnects within the grace', async () => {
    const agent = lab.agent('node1', { startFunction: { takesMs: 5000 } });
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED');
    await run.until('command-acknowledged');
    agent.drop();
    expect(await run.end()).toBe('passed');
    expect(run.all('node-changed').map(({ state }) => state)).toEqual(['alive', 'reconnecting', 'alive']);
  });

  it('fails when the agent was started again', async () => {
    const agent = lab.agent('node1', { startFunction: { takesMs: 60_000 } });
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED');
    await run.until('command-acknowledged');
    agent.kill();
    lab.agent('node1');
    expect(await run.end()).toBe('unreachable');
    expect(problemsOf(await run.until('run-finished'))[0]).toMatch(/the agent was started again/);
  });

  it('for ALIVE after TERMINATE takes the next agent', async () => {
    lab.agent('node1');
    const run = lab.run('SEND node1 TERMINATE\nWAITFOR node1 TERMINATED\nWAITFOR node1 ALIVE');
    await run.until('step-started', ({ step }) => step.index === 2);
    await lab.clock.advance(30_000);
    lab.agent('node1');
    expect(await run.end()).toBe('passed');
  });

  it('for ALIVE waits for initFunction, and fails with it', async () => {
    lab.agent('node1', { initFunction: { takesMs: 3000 } });
    lab.agent('node2', { initFunction: { takesMs: 100, code: 3 } });
    expect(await lab.run('WAITFOR node1 ALIVE').end()).toBe('passed');
    const run = lab.run('WAITFOR node2 ALIVE');
    expect(await run.end()).toBe('failed');
    expect(problemsOf(await run.until('run-finished'))).toEqual(['node2: FAILED INIT 3']);
  });

  it('with TIMEOUT 0 waits for ever', async () => {
    const run = lab.run('WAITFOR node1 ALIVE TIMEOUT 0', { timeoutMs: 1000 });
    await lab.clock.advance(1_000_000);
    lab.agent('node1');
    expect(await run.end()).toBe('passed');
  });
});

describe('a SEND', () => {
  it('to nobody is not delivered after the ack time-out', async () => {
    const run = lab.run('SEND node1 START');
    expect(await run.end()).toBe('unreachable');
    expect(problemsOf(await run.until('run-finished'))).toEqual([
      'node1: START was not delivered: it has not been heard of',
    ]);
    expect(run.events.at(-1)?.elapsedMs).toBeLessThan(11_000);
  });

  it('waits for a node that comes within the ack time-out', async () => {
    const run = lab.run('SEND node1 START');
    await lab.clock.advance(8000);
    lab.agent('node1');
    expect(await run.end()).toBe('passed');
  });

  it('is refused by a node whose initFunction failed', async () => {
    lab.agent('node1', { initFunction: { code: 3, stderr: 'no licence' } });
    const run = lab.run('WAIT 1s\nSEND node1 START');
    expect(await run.end()).toBe('failed');
    expect(problemsOf(await run.until('run-finished'))[0]).toMatch(
      /it refused START: FAILED INIT 3.*no licence/,
    );
  });

  it('withdraws what still waits for another node when it fails', async () => {
    lab.agent('node1', { initFunction: { code: 3 } });
    const run = lab.run('WAITFOR node1 ALIVE TIMEOUT 1s\nSEND node1,node2 START');
    const other = lab.run('WAIT 2s\nSEND node1,node2 START');
    expect(await run.end()).toBe('failed');
    expect(await other.end()).toBe('failed');
    const late = lab.agent('node2');
    await lab.clock.advance(20_000);
    expect(late.calls).toEqual([]);
  });
});
