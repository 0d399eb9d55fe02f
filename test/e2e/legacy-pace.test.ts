import { expect, it } from 'vitest';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { listens, startLegacyAgent } from './support/legacy.ts';
import { PATIENCE } from './support/patience.ts';

const SLOW = `startFunction() { sleep 0.5; }\nstopFunction() { sleep 0.5; }`;
const ENDLESS = `startFunction() { sleep 600; }`;

describeOnEachBroker('an old agent that takes one command at a time', (broker) => {
  it('hears nothing any more after a burst', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    await startLegacyAgent(lab, broker(), 'old', ENDLESS);
    expect(listens(lab, 'old')).toBe(true);
    await lab.publish('old/COMMAND', 'START 1');
    await log.heard('old/STATUS', 'Command START received');
    for (let number = 2; number <= 5; number += 1) await lab.publish('old/COMMAND', `START ${number}`);
    await expect.poll(() => listens(lab, 'old'), PATIENCE).toBe(false);
  });

  it('is not sent a command before it has reported the last one', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const agent = await startLegacyAgent(lab, broker(), 'old', SLOW);
    const commands = ['START 1', 'START 2', 'STOP', 'START 3', 'TERMINATE'];
    const { code, stdout } = await lab.run(commands.map((command) => `SEND old ${command}`));
    expect(stdout).toMatch(/\n {2}old \(legacy\) +5 +0 .*\n\nPASSED/);
    expect(code, stdout).toBe(0);
    expect((await agent.ended).code).toBe(0);
    expect(log.texts('old/COMMAND')).toEqual(commands);
    await log.heard('old/STATUS', 'TERMINATED');
    expect(log.texts('old/STATUS')).toEqual([
      'ALIVE',
      ...['Command START received', '1', 'STARTED'],
      ...['Command START received', '2', 'STARTED'],
      ...['Command STOP received', 'STOPPED'],
      ...['Command START received', '3', 'STARTED'],
      ...['Command TERMINATE received', 'TERMINATED'],
    ]);
  });

  it('that does not report a command is not sent another one, and the run says so', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    await startLegacyAgent(lab, broker(), 'old', ENDLESS);
    const run = await lab.startRun(['SEND old START 600', 'SEND old MEASURE'], ['--ack-timeout', '2s']);
    await run.printed(/cleaning up on old/);
    expect(log.texts('old/COMMAND')).toEqual(['START 600']);
    const { code, stdout } = await run.ended;
    expect(stdout).toContain(
      'old: MEASURE was not delivered: it is a legacy agent, which takes one command at a time, and START 600 has not been reported',
    );
    // Late, and perhaps in vain; but surely in vain if it is not sent at all.
    expect(log.texts('old/COMMAND')).toEqual(['START 600', 'STOP']);
    expect(stdout).toContain('old: it did not say STOPPED within 10 s');
    expect(code, stdout).toBe(4);
  });

  it('that was killed still stands there as ALIVE, which is no proof of life', async () => {
    const lab = await createLab(broker());
    const agent = await startLegacyAgent(lab, broker(), 'old', ENDLESS);
    agent.signal('SIGKILL');
    await agent.ended;
    const { code, stdout } = await lab.run(
      ['WAITFOR old ALIVE', 'SEND old START', 'WAITFOR old STARTED TIMEOUT 1s'],
      ['--ack-timeout', '2s'],
    );
    expect(stdout).toContain('a retained ALIVE is no proof of life');
    expect(stdout).toContain('old: "STARTED" has not come since START');
    expect(code, stdout).toBe(3);
  });
});
