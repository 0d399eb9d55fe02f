import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLab, type Lab, problemsOf } from './lab.ts';

const ANSWERS = { START: ['STARTED'], STOP: ['STOPPED'] };

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

describe('a run with an agent that reads plain text only', () => {
  it('waits for it, drives it, and says in its events what it is', async () => {
    const router = lab.textOnlyAgent('router', { answers: ANSWERS });
    const run = lab.run(
      'WAITFOR router ALIVE\nSEND router START "a b"\nWAITFOR router STARTED\nSEND router STOP\nWAITFOR router STOPPED\nSEND router TERMINATE\nWAITFOR router TERMINATED',
    );
    expect(await run.end()).toBe('passed');
    expect(router.received).toEqual(['START "a b"', 'STOP', 'TERMINATE']);
    expect(run.all('node-changed').at(-1)).toMatchObject({ state: 'terminated', readsTextOnly: true });
    expect(run.events.at(-1)?.elapsedMs).toBeLessThan(2000);
  });

  it('counts it in * and in its groups, beside agents of ours', async () => {
    const router = lab.textOnlyAgent('router', { groups: ['clients'], answers: ANSWERS });
    const agent = lab.agent('node1', undefined, ['clients']);
    const run = lab.run('SEND * START\nWAITFOR * STARTED\nSEND @clients STOP\nWAITFOR @clients STOPPED');
    expect(await run.end()).toBe('passed');
    expect(router.received).toEqual(['START', 'STOP']);
    expect(agent.calls).toEqual(['startFunction', 'stopFunction']);
  });

  it('does not count one that left an INFO and died', async () => {
    const router = lab.textOnlyAgent('router');
    lab.agent('node1');
    await lab.clock.advance(1000);
    router.kill();
    const run = lab.run('SEND * START');
    expect(await run.end()).toBe('passed');
    expect(run.all('nodes-resolved')).toMatchObject([{ nodes: ['node1'] }]);
  });

  it('fails as soon as it says FAILED, and stops what it started there', async () => {
    const router = lab.textOnlyAgent('router', { answers: { START: ['FAILED START 7'], STOP: ['STOPPED'] } });
    const run = lab.run('SEND router START\nWAITFOR router STARTED');
    expect(await run.end()).toBe('failed');
    expect(problemsOf(await run.until('run-finished'))).toEqual(['router: START failed: FAILED START 7']);
    expect(router.received).toEqual(['START', 'STOP']);
  });

  it('stops it at once while its function runs', async () => {
    const router = lab.textOnlyAgent('router', { answers: { STOP: ['STOPPED'] } });
    const run = lab.run('SEND router START 600\nWAIT 600');
    await run.until('step-started', ({ step }) => step.index === 1);
    run.interrupt();
    await run.end();
    expect(router.received).toEqual(['START 600', 'STOP']);
    expect(problemsOf(await run.until('run-finished'))).toEqual([]);
    expect(run.events.at(-1)?.elapsedMs).toBeLessThan(2000);
  });

  it('names one that did not say STOPPED', async () => {
    lab.textOnlyAgent('router');
    const run = lab.run('SEND router START\nWAITFOR router STARTED TIMEOUT 1s');
    expect(await run.end()).toBe('timed-out');
    expect(run.all('clean-up-finished')).toMatchObject([
      { problems: [{ node: 'router', reason: 'it did not say STOPPED within 10 s' }] },
    ]);
  });

  it('survives a lost connection of it, and takes a new session for a restart', async () => {
    const router = lab.textOnlyAgent('router');
    const run = lab.run('SEND router START\nWAITFOR router STARTED');
    await run.until('step-started', ({ step }) => step.index === 1);
    router.drop();
    await lab.clock.advance(1500);
    expect(run.all('node-changed').map(({ state }) => state)).toEqual(['alive', 'reconnecting', 'alive']);
    router.kill();
    lab.textOnlyAgent('router', { answers: ANSWERS });
    expect(await run.end()).toBe('unreachable');
    expect(problemsOf(await run.until('run-finished')).join()).toMatch(/started again after START/);
  });

  it.each([
    ['PROBE router tcp:5201', /no Node\.js and reads plain text only, so it cannot be probed/],
    ['SYNC\nSEND router START\nGO', /reads plain text only/],
  ])('refuses %s with a reason', async (step, reason) => {
    lab.textOnlyAgent('router', { answers: ANSWERS });
    const run = lab.run(`WAITFOR router ALIVE\n${step}`);
    expect(await run.end()).toBe('failed');
    expect(problemsOf(await run.until('run-finished')).join()).toMatch(reason);
  });
});
