import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeScript } from '../support/scripted-agent.ts';
import { createLab, type Lab, problemsOf, ROOT, type Run, SCRIPT } from './lab.ts';

let lab: Lab;
beforeEach(() => {
  lab = createLab();
});
afterEach(() => lab.close());

/** STARTED comes at once, and the port listens later. */
const slowServer = (afterMs: number, address = '0.0.0.0'): NodeScript => ({
  ...SCRIPT,
  startFunction: { listens: [[afterMs, 5201, address]] },
});

const START_AND_PROBE = 'SEND node1 START SERVER 5201\nPROBE node1 tcp:5201 TIMEOUT 30s';

/** How long the last step took, and what came of it. */
async function probeOf(run: Run) {
  const step = await run.until('step-finished', (event) => event.step.kind === 'probe');
  return { verdict: step.verdict, problems: problemsOf(step), tookMs: step.tookMs };
}

describe('PROBE', () => {
  it('passes at once where the port listens already', async () => {
    lab.agent('node1', SCRIPT, [], [], [{ address: '0.0.0.0', port: 5201 }]);
    const run = lab.run('PROBE node1 tcp:5201');
    expect(await run.end()).toBe('passed');
    expect((await probeOf(run)).tookMs).toBeLessThan(100);
    expect(run.all('warning-given')).toEqual([]);
  });

  it.each([[120], [950], [1990], [12_345]])('passes when it listens, %i ms later', async (afterMs) => {
    lab.agent('node1', slowServer(afterMs));
    const run = lab.run(START_AND_PROBE);
    expect(await run.end()).toBe('passed');
    const { tookMs } = await probeOf(run);
    expect(tookMs).toBeGreaterThan(afterMs - 50);
    // The agent looks every 50 ms; here virtual time goes on in steps of 100 ms.
    expect(tookMs).toBeLessThan(afterMs + 200);
  });

  it('is in vain once any command of the run has failed there, though somebody listens', async () => {
    const script = { ...SCRIPT, failFunction: { code: 1, stderr: 'port 5201 is in use' } };
    lab.agent('node1', script, [], [], [{ address: '0.0.0.0', port: 5201 }]);
    const run = lab.run('SEND node1 FAIL\nSEND node1 START\nWAITFOR node1 STARTED\nPROBE node1 tcp:5201');
    expect(await run.end()).toBe('failed');
    expect((await probeOf(run)).problems).toEqual(['node1: FAIL failed: port 5201 is in use']);
  });

  it('waits for every node', async () => {
    lab.agent('node1', slowServer(100));
    lab.agent('node2', slowServer(5000));
    const run = lab.run('SEND node1,node2 START\nPROBE node1,node2 tcp:5201');
    const { satisfied, missing } = await run.until('step-waiting', ({ step }) => step.kind === 'probe');
    expect(satisfied).toEqual(['node1']);
    expect(missing).toEqual([
      { node: 'node2', reason: 'nothing listens on its TCP port 5201; its START has said STARTED' },
    ]);
    expect(await run.end()).toBe('passed');
    expect((await probeOf(run)).tookMs).toBeGreaterThan(4900);
  });

  it('asks a node once a second and no more, and not at all afterwards', async () => {
    lab.agent('node1', slowServer(10_000));
    let questions = 0;
    const spy = lab.broker.connect({ clientId: 'spy', clock: lab.clock });
    spy.open([`${ROOT}/node1/COMMAND`], {
      onMessage({ payload }) {
        if (new TextDecoder().decode(payload).includes('"_probe"')) questions += 1;
      },
      onConnection() {},
    });
    const run = lab.run(`${START_AND_PROBE}\nWAIT 10s`);
    expect(await run.end()).toBe('passed');
    await spy.close();
    expect(questions).toBeGreaterThan(8);
    expect(questions).toBeLessThanOrEqual(11);
  });

  it('runs out of time, and says what was seen', async () => {
    lab.agent('node1');
    const run = lab.run(START_AND_PROBE);
    expect(await run.end()).toBe('timed-out');
    expect(await probeOf(run)).toMatchObject({
      problems: ['node1: nothing listens on its TCP port 5201; its START SERVER 5201 has said STARTED'],
      tookMs: 30_000,
    });
  });

  it("has the run's time where it names none", async () => {
    lab.agent('node1');
    const run = lab.run('PROBE node1 tcp:5201', { timeoutMs: 7000 });
    expect(await run.end()).toBe('timed-out');
    expect((await probeOf(run)).tookMs).toBe(7000);
  });

  it('fails at once when the command that was to listen fails', async () => {
    lab.agent('node1', { startFunction: { takesMs: 3000, code: 1, stderr: 'port 5201 is in use' } });
    const run = lab.run(START_AND_PROBE);
    expect(await run.end()).toBe('failed');
    const { problems, tookMs } = await probeOf(run);
    expect(problems).toEqual(['node1: START SERVER 5201 failed: port 5201 is in use']);
    expect(tookMs).toBeLessThan(3500);
  });

  it('fails at once when the node is lost', async () => {
    const agent = lab.agent('node1');
    const run = lab.run(START_AND_PROBE);
    await run.until('step-waiting', ({ step }) => step.kind === 'probe');
    agent.kill();
    expect(await run.end()).toBe('unreachable');
    expect((await probeOf(run)).tookMs).toBeLessThan(5000);
  });

  it('fails at once when the agent is started again', async () => {
    const agent = lab.agent('node1');
    const run = lab.run(START_AND_PROBE);
    await run.until('step-waiting', ({ step }) => step.kind === 'probe');
    agent.kill();
    lab.agent('node1', SCRIPT, [], [], [{ address: '::', port: 5201 }]);
    expect(await run.end()).toBe('unreachable');
    expect((await probeOf(run)).problems).toEqual([
      'node1: the agent was started again while its TCP port 5201 was waited for',
    ]);
  });

  it('outlives a lost connection of the agent', async () => {
    const agent = lab.agent('node1', slowServer(5000));
    const run = lab.run(START_AND_PROBE);
    await run.until('step-waiting', ({ step }) => step.kind === 'probe');
    agent.drop();
    expect(await run.end()).toBe('passed');
    expect((await probeOf(run)).tookMs).toBeLessThan(8000);
  });

  it('fails where nobody can tell, with the reason', async () => {
    lab.agent('node1', SCRIPT, [], [], { kind: 'unknown', reason: 'no table' });
    const run = lab.run('PROBE node1 tcp:5201');
    expect(await run.end()).toBe('failed');
    expect((await probeOf(run)).problems).toEqual([
      expect.stringMatching(
        /^node1: its agent cannot tell what listens there \(no table\): instead of PROBE/,
      ),
    ]);
  });

  it('fails with a legacy agent, and says what to do', async () => {
    lab.legacyAgent('node1', 'ALIVE');
    const run = lab.run('WAITFOR node1 ALIVE\nPROBE node1 tcp:5201');
    expect(await run.end()).toBe('failed');
    expect((await probeOf(run)).problems).toEqual([
      'node1: it is a legacy agent, which cannot be probed: instead of PROBE, let its script say when it is ready (wait_port) and WAITFOR that',
    ]);
  });

  it('passes with a warning where only the machine itself reaches the port', async () => {
    lab.agent('node1', slowServer(200, '127.0.0.1'));
    const run = lab.run(START_AND_PROBE);
    expect(await run.end()).toBe('passed');
    expect(run.all('warning-given').map(({ node, message }) => `${node}: ${message}`)).toEqual([
      'node1: TCP port 5201 listens on 127.0.0.1 only: no other machine reaches it',
    ]);
  });

  it('ends with the run, and leaves nothing behind', async () => {
    lab.agent('node1');
    const run = lab.run(START_AND_PROBE);
    await run.until('step-waiting', ({ step }) => step.kind === 'probe');
    run.interrupt();
    expect(await run.end()).toBe('interrupted');
    await lab.close();
    expect(lab.clock.pendingTimers()).toBe(0);
  });
});
