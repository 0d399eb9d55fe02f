import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { RunOptions } from '../../src/run/index.ts';
import { textOf } from '../support/inbox.ts';
import { createLab, type Lab, problemsOf, ROOT } from './lab.ts';

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
    expect(problemsOf(await holder.until('run-finished')).join()).toMatch(
      /START FIRST was cancelled: user2@lab took the node over/,
    );
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
    expect(problemsOf(await holder.until('run-finished')).join()).toMatch(
      /what the run started there is gone: user2@lab took the node over/,
    );
    expect(agent.calls).toEqual(['startFunction', 'stopFunction', 'stopFunction']);
  });

  it('of a free node is nothing special', async () => {
    const agent = lab.agent('node1');
    expect(await lab.run('SEND node1 START', { takeOver: true }).end()).toBe('passed');
    expect(agent.calls).toEqual(['startFunction']);
  });
});

describe('a lease', () => {
  it.each(['the control machine', 'the node'])(
    'is renewed as soon as %s is back, since the next renewal might come too late',
    async (who) => {
      const agent = lab.agent('node1', { startFunction: {}, stopFunction: {}, measureFunction: {} });
      const renewals = countRenewals();
      const lines = 'SEND node1 START\nWAITFOR node1 STARTED\nWAIT 30s\nSEND node1 MEASURE';
      const run = lab.run(lines, { leaseMs: 9000 });
      await run.until('step-started', ({ step }) => step.index === 2);
      const clientId = who === 'the node' ? `agent-node1-${agent.session}` : run.clientId;
      // Renewed at 0, 3, 6 … s. The last one that gets through is that of 3 s, and the next is due when the lease lapses.
      await lab.clock.advance(4000);
      lab.broker.freeze(clientId);
      await lab.clock.advance(6000);
      lab.broker.drop(clientId);
      const before = renewals();
      await lab.clock.advance(1000);
      expect(renewals() - before).toBe(1);
      expect(await run.end()).toBe('passed');
      expect(run.all('warning-given')).toEqual([]);
      expect(agent.calls).toEqual(['startFunction', 'measureFunction']);
    },
  );

  it('is renewed a few times only when a hundred nodes are back at once', async () => {
    const agents = Array.from({ length: 100 }, (_, number) => lab.agent(`node${number}`));
    const renewals = countRenewals();
    const run = lab.run(`SEND ${agents.map(({ node }) => node).join(',')} START\nWAIT 20s`);
    await run.until('step-started', ({ step }) => step.index === 1);
    await lab.clock.advance(1000);
    const before = renewals();
    for (const agent of agents) agent.drop();
    await lab.clock.advance(1000);
    expect(renewals() - before).toBeGreaterThan(0);
    expect(renewals() - before).toBeLessThanOrEqual(4);
    expect(await run.end()).toBe('passed');
  });

  /** How many renewals were seen since. */
  function countRenewals(): () => number {
    let count = 0;
    const observer = lab.broker.connect({ clientId: 'observer', clock: lab.clock });
    observer.open([`${ROOT}/_all/COMMAND`], {
      onMessage: (message) => {
        if (textOf(message).includes('"_lease"')) count += 1;
      },
      onConnection: () => {},
    });
    onTestFinished(() => void observer.close());
    return () => count;
  }
});

describe('a lease that lapsed', () => {
  it('fails the run that was away for too long; its work has been stopped already', async () => {
    const agent = lab.agent('node1', WORKING);
    const run = await runHolding({ leaseMs: 3000 });
    lab.broker.freeze(run.clientId);
    await lab.clock.advance(10_000);
    lab.broker.drop(run.clientId);
    expect(await run.end()).toBe('unreachable');
    expect(problemsOf(await run.until('run-finished')).join()).toMatch(
      /START FIRST was cancelled: the agent stopped it because it had not heard of this run for longer than its lease of 3s; /,
    );
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
