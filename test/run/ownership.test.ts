import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunOptions } from '../../src/run/index.ts';
import { createLab, type Lab, problemsOf } from './lab.ts';

const WORKING = { startFunction: { takesMs: Number.POSITIVE_INFINITY }, stopFunction: { takesMs: 3000 } };

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

/** A run that has START under way on node1. */
async function runHolding(options: Partial<RunOptions> = {}) {
  const run = lab.run('SEND node1 START FIRST\nWAITFOR node1 STARTED', options);
  await run.until('command-acknowledged');
  return run;
}

describe('a node that another run holds', () => {
  it('refuses, and says who has it', async () => {
    const agent = lab.agent('node1', WORKING);
    const holder = await runHolding();
    const run = lab.run('SEND node1 START SECOND');
    expect(await run.end()).toBe('unreachable');
    expect(problemsOf(await run.until('run-finished'))[0]).toMatch(/BUSY .* user1@lab since 2026-/);
    expect(agent.calls).toEqual(['startFunction FIRST']);
    holder.interrupt();
    await holder.end();
  });

  it('refuses a single message without a lease, and is not stopped by it', async () => {
    const agent = lab.agent('node1', WORKING);
    const holder = await runHolding();
    const run = lab.run('SEND node1 START SECOND', { holdLease: false });
    expect(await run.end()).toBe('unreachable');
    await lab.clock.advance(5000);
    expect(agent.calls).toEqual(['startFunction FIRST']);
    holder.interrupt();
    await holder.end();
  });

  it('is free again when its run has ended, or has fallen silent', async () => {
    lab.agent('node1', WORKING);
    const holder = await runHolding();
    lab.broker.freeze(holder.clientId);
    await lab.clock.advance(30_000);
    const run = lab.run('SEND node1 STOP\nWAITFOR node1 STOPPED');
    expect(await run.end()).toBe('passed');
    holder.interrupt();
    await holder.end();
  });

  it('keeps its lease as long as its run lives', async () => {
    lab.agent('node1', { startFunction: { takesMs: 600_000 } });
    const holder = lab.run('SEND node1 START\nWAITFOR node1 STARTED TIMEOUT 0');
    await lab.clock.advance(300_000);
    expect(await lab.run('SEND node1 START').end()).toBe('unreachable');
    expect(await holder.end()).toBe('passed');
  });
});

describe('a take-over', () => {
  it('stops the work of the other run first, and is not hit by that run’s clean-up', async () => {
    const agent = lab.agent('node1', WORKING);
    const holder = await runHolding();
    const run = lab.run('SEND node1 START SECOND\nWAIT 20s', { takeOver: true, timeoutMs: 1000 });
    expect(await holder.end()).toBe('unreachable');
    expect(problemsOf(await holder.until('run-finished')).join()).toMatch(/STOPPED taken-over/);
    expect(await run.end()).toBe('timed-out');
    expect(agent.calls.slice(0, 3)).toEqual(['startFunction FIRST', 'stopFunction', 'startFunction SECOND']);
    const commands = run.all('command-finished').map(({ text, end }) => `${text} ${end}`);
    expect(commands).toEqual(['START SECOND cancelled', 'STOP ok']);
    expect(run.events.findIndex(({ type }) => type === 'clean-up-started')).toBeLessThan(
      run.events.findIndex((event) => event.type === 'command-finished' && event.end === 'cancelled'),
    );
  });

  it('of work that stops in an instant is not hit by that run’s clean-up either', async () => {
    const agent = lab.agent('node1', { startFunction: { takesMs: Number.POSITIVE_INFINITY } });
    const holder = await runHolding();
    const run = lab.run('SEND node1 START SECOND\nWAIT 20s', { takeOver: true, timeoutMs: 1000 });
    expect(await holder.end()).toBe('unreachable');
    expect(await run.end()).toBe('timed-out');
    expect(agent.calls).toEqual(['startFunction FIRST', 'startFunction SECOND']);
    expect(run.events.at(-1)?.elapsedMs).toBeGreaterThan(20_000);
  });

  it('of work whose commands have all ended fails the run all the same', async () => {
    const agent = lab.agent('node1', { startFunction: {}, stopFunction: {} });
    const holder = lab.run('SEND node1 START\nWAITFOR node1 STARTED\nWAIT 20s');
    await holder.until('step-started', ({ step }) => step.index === 2);
    expect(await lab.run('SEND node1 STOP', { takeOver: true }).end()).toBe('passed');
    expect(await holder.end()).toBe('unreachable');
    expect(problemsOf(await holder.until('run-finished')).join()).toMatch(/STOPPED taken-over/);
    expect(agent.calls).toEqual(['startFunction', 'stopFunction', 'stopFunction']);
  });

  it('of a free node is nothing special', async () => {
    const agent = lab.agent('node1');
    expect(await lab.run('SEND node1 START', { takeOver: true }).end()).toBe('passed');
    expect(agent.calls).toEqual(['startFunction']);
  });
});

describe('a lease that lapsed', () => {
  it('fails the run that was away for too long; its work has been stopped already', async () => {
    const agent = lab.agent('node1', WORKING);
    const run = await runHolding({ leaseMs: 3000 });
    lab.broker.freeze(run.clientId);
    await lab.clock.advance(10_000);
    lab.broker.drop(run.clientId);
    expect(await run.end()).toBe('unreachable');
    expect(problemsOf(await run.until('run-finished')).join()).toMatch(/STOPPED lease-lost/);
    expect(run.all('status-reported').map(({ text }) => text)).toContain('STOPPED lease-lost');
    expect(agent.calls).toEqual(['startFunction FIRST', 'stopFunction']);
  });

  it('refuses further commands of its run: what they build on is gone', async () => {
    const agent = lab.agent('node1', { startFunction: {}, stopFunction: {}, measureFunction: {} });
    const run = lab.run('SEND node1 START\nWAITFOR node1 STARTED\nWAIT 60s\nSEND node1 MEASURE');
    await run.until('step-started', ({ step }) => step.index === 2);
    lab.broker.freeze(run.clientId);
    await lab.clock.advance(30_000);
    lab.broker.drop(run.clientId);
    expect(await run.end()).toBe('unreachable');
    expect(problemsOf(await run.until('run-finished'))[0]).toMatch(/refused MEASURE: .*lease has lapsed/);
    expect(agent.calls).toEqual(['startFunction', 'stopFunction']);
  });
});
