import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLab, type Lab, problemsOf } from './lab.ts';

const FOREVER = { takesMs: Number.POSITIVE_INFINITY };

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

describe('a run that is interrupted while it cleans up after a failure', () => {
  it('goes on, says so, and ends as an interrupted one', async () => {
    const agent = lab.agent('node1', { startFunction: {}, stopFunction: { takesMs: 3000 } });
    const run = lab.run('SEND node1 START\nWAITFOR node1 READY TIMEOUT 1s');
    await run.until('clean-up-started');
    run.interrupt();
    expect(await run.end()).toBe('interrupted');
    expect(run.all('warning-given').map(({ message }) => message)).toEqual([
      'interrupted: the clean-up goes on; a second Ctrl-C leaves at once',
    ]);
    expect(run.all('clean-up-finished')).toMatchObject([{ problems: [] }]);
    expect(agent.calls).toEqual(['startFunction', 'stopFunction']);
  });
});

describe('an interrupted run', () => {
  it('stops what it started and gives its nodes back', async () => {
    const agent1 = lab.agent('node1', { startFunction: {}, stopFunction: {} });
    const agent2 = lab.agent('node2', { startFunction: FOREVER, stopFunction: { takesMs: 500 } });
    const run = lab.run('SEND node1,node2 START\nWAITFOR node2 STARTED');
    await run.until('step-started', ({ step }) => step.index === 1);
    await lab.clock.advance(3000);
    run.interrupt();
    expect(await run.end()).toBe('interrupted');
    expect(agent1.calls).toEqual(['startFunction', 'stopFunction']);
    expect(agent2.calls).toEqual(['startFunction', 'stopFunction']);
    expect(run.all('clean-up-started')).toMatchObject([{ nodes: ['node1', 'node2'] }]);
    expect(run.all('clean-up-finished')).toMatchObject([{ problems: [] }]);
    expect(run.all('step-finished').at(-1)).toMatchObject({ verdict: 'interrupted' });
    expect(await lab.run('SEND node1,node2 STOP').end()).toBe('passed');
  });

  it('waits ten seconds for a node to stop, and names it', async () => {
    lab.agent('node1', { startFunction: {}, stopFunction: { takesMs: 20_000 } });
    const run = lab.run('SEND node1 START\nWAIT 60s');
    await lab.clock.advance(5000);
    run.interrupt();
    expect(await run.end()).toBe('interrupted');
    expect(run.all('clean-up-finished')).toMatchObject([
      { problems: [{ node: 'node1', reason: 'STOP had no result within 10 s' }] },
    ]);
    expect(run.events.at(-1)?.elapsedMs).toBeLessThan(18_000);
  });

  it('names a node that its STOP does not reach, as everywhere', async () => {
    const agent = lab.agent('node1', { startFunction: {} });
    const run = lab.run('SEND node1 START\nWAIT 60s', { ackTimeoutMs: 3000 });
    await lab.clock.advance(1000);
    agent.freeze();
    run.interrupt();
    expect(await run.end()).toBe('interrupted');
    expect(run.all('clean-up-finished')).toMatchObject([
      { problems: [{ node: 'node1', reason: expect.stringMatching(/^STOP was not delivered: \w/) }] },
    ]);
  });

  it('does not wait for a node that is lost, and says that its work may still run', async () => {
    const dead = lab.agent('node1', { startFunction: {} });
    lab.agent('node2', { startFunction: {} });
    const run = lab.run('SEND node1,node2 START\nWAIT 60s');
    await lab.clock.advance(1000);
    dead.kill();
    await lab.clock.advance(4000);
    run.interrupt();
    expect(await run.end()).toBe('interrupted');
    expect(run.all('clean-up-finished')).toMatchObject([
      { problems: [{ node: 'node1', reason: expect.stringMatching(/may still run.*OFFLINE/) }] },
    ]);
    expect(run.events.at(-1)?.elapsedMs).toBeLessThan(6000);
  });

  it('does not wait for a node that is lost while it stops', async () => {
    const dying = lab.agent('node1', { startFunction: {}, stopFunction: FOREVER });
    const run = lab.run('SEND node1 START\nWAIT 60s');
    await lab.clock.advance(1000);
    run.interrupt();
    await run.until('clean-up-started');
    await lab.clock.advance(500);
    dying.kill();
    expect(await run.end()).toBe('interrupted');
    expect(run.all('clean-up-finished')).toMatchObject([
      { problems: [{ node: 'node1', reason: expect.stringMatching(/may still run.*OFFLINE/) }] },
    ]);
    expect(run.events.at(-1)?.elapsedMs).toBeLessThan(5000);
  });

  it('says how soon what it cannot stop ends by itself, if it does', async () => {
    for (const [leaseMs, hint] of [
      [15_000, '; its agent, if it lives, ends it within 15s (--lease)'],
      [0, ''],
    ] as const) {
      lab.agent('node1', { startFunction: {} });
      const run = lab.run('SEND node1 START\nWAIT 60s', { leaseMs });
      await lab.clock.advance(1000);
      lab.broker.stop();
      run.interrupt();
      expect(await run.end()).toBe('interrupted');
      const reason = `what this run started there may still run: the broker is gone${hint}`;
      expect(run.all('clean-up-finished')).toMatchObject([{ problems: [{ node: 'node1', reason }] }]);
      await lab.close();
      lab = createLab();
    }
  });

  it('has nothing to stop on a node that was never sent anything', async () => {
    const agent = lab.agent('node1');
    const run = lab.run('WAITFOR node1 ALIVE\nWAIT 60s');
    await lab.clock.advance(2000);
    run.interrupt();
    expect(await run.end()).toBe('interrupted');
    expect(agent.calls).toEqual([]);
    expect(run.all('clean-up-started')).toEqual([]);
  });

  it('ends while it waits for the results, too', async () => {
    const agent = lab.agent('node1', { startFunction: FOREVER, stopFunction: {} });
    const run = lab.run('SEND node1 START');
    await run.until('step-finished');
    await lab.clock.advance(2000);
    run.interrupt();
    expect(await run.end()).toBe('interrupted');
    expect(agent.calls).toEqual(['startFunction', 'stopFunction']);
  });

  it('ends while it still looks for the broker', async () => {
    lab.broker.stop();
    const run = lab.run('WAITFOR node1 ALIVE');
    await lab.clock.advance(2000);
    run.interrupt();
    expect(await run.end()).toBe('interrupted');
    expect(lab.clock.pendingTimers()).toBe(0);
  });

  it('leaves a free node without work at whatever moment of a SEND it was interrupted', async () => {
    for (let moment = 0; moment < 60; moment += 1) {
      const agent = lab.agent(`node${moment}`, { startFunction: {}, stopFunction: {} });
      const run = lab.run(`WAITFOR ${agent.node} ALIVE\nSEND ${agent.node} START\nWAIT 60s`, { leaseMs: 0 });
      run.on('step-started', async ({ step }) => {
        for (let turn = 0; turn < moment; turn += 1) await Promise.resolve();
        if (step.index === 1) run.interrupt();
      });
      expect(await run.end()).toBe('interrupted');
      expect(agent.calls.at(-1)).not.toBe('startFunction');
      expect(await lab.run(`SEND ${agent.node} START`).end()).toBe('passed');
    }
  });
});

describe('a run that does not pass', () => {
  it('stops what it started on the nodes where nothing went wrong, too', async () => {
    const good = lab.agent('node1', { startFunction: {}, stopFunction: {} });
    lab.agent('node2', { startFunction: { code: 7 } });
    const run = lab.run('SEND node1,node2 START\nWAITFOR node1,node2 STARTED');
    expect(await run.end()).toBe('failed');
    expect(good.calls).toEqual(['startFunction', 'stopFunction']);
  });

  it('stops a legacy node that was sent START and has not said STOPPED', async () => {
    const legacy = lab.legacyAgent('node1', 'ALIVE');
    const run = lab.run('WAITFOR node1 ALIVE\nSEND node1 START\nWAITFOR node1 READY TIMEOUT 2s');
    await run.until('command-finished');
    legacy.says('STARTED');
    await run.until('clean-up-started');
    await lab.clock.advance(2000);
    expect(legacy.received).toEqual(['START', 'STOP']);
    expect(run.all('clean-up-finished')).toEqual([]);
    legacy.says('STOPPED');
    expect(await run.end()).toBe('timed-out');
    expect(run.all('clean-up-finished')).toMatchObject([{ problems: [] }]);
  });

  it('says of a legacy node that did not say STOPPED, and stops one that has not reported its START', async () => {
    const legacy = lab.legacyAgent('node1', 'ALIVE');
    const run = lab.run('WAITFOR node1 ALIVE\nSEND node1 START\nWAITFOR node1 READY TIMEOUT 2s');
    await run.until('clean-up-started');
    await lab.clock.advance(4000);
    expect(legacy.received).toEqual(['START']);
    expect(await run.end()).toBe('timed-out');
    expect(legacy.received).toEqual(['START', 'STOP']);
    expect(run.all('clean-up-finished')).toMatchObject([
      { problems: [{ node: 'node1', reason: 'it did not say STOPPED within 10 s' }] },
    ]);
  });

  it('stops nothing when it holds no lease: what runs there may be somebody else’s', async () => {
    const agent = lab.agent('node1', { startFunction: {}, stopFunction: {}, fooFunction: { code: 3 } });
    expect(await lab.run('SEND node1 START\nWAITFOR node1 STARTED').end()).toBe('passed');
    expect(await lab.run('SEND node1 FOO', { holdLease: false }).end()).toBe('failed');
    expect(agent.calls).toEqual(['startFunction', 'fooFunction']);
  });
});

describe('the broker', () => {
  it('that cannot be reached is an error, with a word before that', async () => {
    lab.broker.stop();
    const run = lab.run('WAITFOR node1 ALIVE');
    const attempt = await run.until('broker-changed');
    expect(attempt).toMatchObject({ state: 'attempt-failed', detail: 'the memory broker is stopped' });
    expect(attempt.elapsedMs).toBeLessThan(2000);
    await expect(run.end()).rejects.toMatchObject({
      code: 'BROKER_UNREACHABLE',
      message: expect.stringContaining('within 10s: the memory broker is stopped'),
    });
    expect(lab.clock.pendingTimers()).toBe(0);
  });

  it('that comes while the run waits for it is good enough', async () => {
    lab.broker.stop();
    const run = lab.run('WAIT 1s');
    await lab.clock.advance(5000);
    lab.broker.start();
    expect(await run.end()).toBe('passed');
  });

  it('that is gone for too long ends the run', async () => {
    lab.agent('node1', { startFunction: FOREVER });
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED', { brokerLostMs: 30_000 });
    await run.until('command-acknowledged');
    lab.broker.stop();
    expect(await run.end()).toBe('broker-lost');
    expect(run.all('broker-changed').at(-1)).toMatchObject({ state: 'lost' });
    expect(run.all('step-finished').at(-1)).toMatchObject({ verdict: 'broker-lost' });
    expect(run.all('clean-up-finished')).toMatchObject([
      { problems: [{ node: 'node1', reason: expect.stringContaining('the broker is gone') }] },
    ]);
    expect(run.events.at(-1)?.elapsedMs).toBeLessThan(32_000);
  });

  it('that restarts, empty, while a function runs costs nothing: the result arrives afterwards', async () => {
    const agent = lab.agent('node1', { startFunction: { takesMs: 8000 } });
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED');
    await run.until('command-acknowledged');
    lab.broker.stop();
    await lab.clock.advance(10_000);
    lab.broker.start();
    expect(await run.end()).toBe('passed');
    expect(agent.calls).toEqual(['startFunction']);
    expect(run.all('broker-changed').map(({ state }) => state)).toEqual(
      expect.arrayContaining(['disconnected', 'reconnected']),
    );
    expect(run.all('node-changed').map(({ state }) => state)).not.toContain('lost');
  });

  it('that restarts between the SEND and its acknowledgement does not make a function run twice', async () => {
    const agent = lab.agent('node1', { startFunction: { takesMs: 100 } });
    const run = lab.run('WAITFOR node1 ALIVE\nSEND node1 START\nWAITFOR node1 STARTED');
    await run.until('command-sent');
    lab.broker.stop();
    lab.broker.start();
    expect(await run.end()).toBe('passed');
    expect(agent.calls).toEqual(['startFunction']);
  });

  it('that drops the control machine again and again does not fail a run', async () => {
    lab.agent('node1', { startFunction: { takesMs: 10_000 } });
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED');
    await run.until('command-acknowledged');
    for (let drop = 0; drop < 5; drop += 1) {
      lab.broker.drop(run.clientId);
      await lab.clock.advance(2000);
    }
    expect(await run.end()).toBe('passed');
  });
});

describe('a control machine that slept', () => {
  it('takes a new clock, so that its commands do not look old', async () => {
    lab.agent('node1');
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED\nWAIT 10s\nSEND node1 STOP', { leaseMs: 0 });
    await run.until('step-started', ({ step }) => step.index === 2);
    lab.sleep(300_000);
    expect(await run.end()).toBe('passed');
    expect(run.all('command-finished').map(({ end }) => end)).toEqual(['ok', 'ok']);
  });
});

describe('a run that cannot pass', () => {
  it('gives problems that fit in one sentence each', async () => {
    lab.agent('node1', { startFunction: { code: 1 } });
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED');
    expect(await run.end()).toBe('failed');
    expect(problemsOf(await run.until('run-finished'))).toEqual(['node1: START failed']);
  });
});

describe('a node that was taken for a legacy agent, and is one of ours', () => {
  it('cannot pass with what went out as plain text, and is stopped', async () => {
    lab.legacyAgent('node1', 'ALIVE');
    const run = lab.run('SEND node1 START\nWAIT 5');
    await run.until('command-finished');
    const agent = lab.agent('node1');
    expect(await run.end()).toBe('unreachable');
    expect(problemsOf(run.all('run-finished')[0] ?? fail())).toEqual([
      'node1: START went out as plain text before the agent was known as one of ours; what came of it is not known',
    ]);
    expect(agent.calls).toEqual(['stopFunction']);
  });
});

function fail(): never {
  throw new Error('the run has not ended');
}
