import { expect, it } from 'vitest';
import { describeCoreOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';

describeCoreOnEachBroker('how runs end', (broker) => {
  it('0: every step passed, and every command has its result', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    await lab.agent('node2');
    const { code, stdout, stderr } = await lab.run([
      'SET name=world',
      'WAITFOR node1,node2 ALIVE',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the playbook's, not ours
      'SEND node1,node2 START hello ${name}',
      'WAITFOR node1 STARTED',
    ]);
    expect(stderr).toBe('');
    expect(stdout).toContain('node1 │ started hello world');
    expect(stdout).toContain('node2 │ started hello world');
    expect(stdout).toMatch(/4\/4 {2}WAITFOR node1 STARTED/);
    expect(stdout).toMatch(/\nRecap\n.*\n {2}node1 +1 +0 .*\n {2}node2 +1 +0 .*\n\nPASSED in /);
    expect(code, stdout).toBe(0);
  });

  it('1: a function that was waited for failed', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    const { code, stdout } = await lab.run([
      'SEND node1 START fail eth7',
      'WAITFOR node1 STARTED',
      'WAIT 60',
    ]);
    expect(stdout).toContain('node1: START fail eth7 failed with exit code 7');
    expect(stdout).toMatch(/FAILED \(1 step failed\) in .*\n {2}2\/3 {2}WAITFOR node1 STARTED\n/);
    expect(stdout).toContain('there is no eth7');
    expect(code, stdout).toBe(1);
  });

  it('1: a function that nobody waited for failed', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    const { code, stdout } = await lab.run(['SEND node1 START fail eth7']);
    expect(stdout).toMatch(
      /FAILED in .*\n {2}node1: START fail eth7 failed: there is no eth7\nrecorded in runs\/\S+\n$/,
    );
    expect(code, stdout).toBe(1);
  });

  it('0: the failure that was waited for', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    const { code, stdout } = await lab.run(['SEND node1 START fail eth7', 'WAITFOR node1 FAILED']);
    expect(stdout).toContain('PASSED in ');
    expect(code, stdout).toBe(0);
  });

  it('3: a wait timed out, and names who is missing', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    await lab.agent('node2');
    await lab.agent('node3');
    const lines = [
      'SEND node1 START',
      'SEND node2,node3 START sleep 600',
      'WAITFOR node1,node2,node3 STARTED',
    ];
    const { code, stdout } = await lab.run(lines, ['--timeout', '2500ms']);
    expect(stdout).toMatch(/waiting for node2, node3 \(node1 ok\) 2s\/2\.5s/);
    expect(stdout).toMatch(
      /TIMED OUT \(1 step timed out\) in .*\n.*\n {4}node2, node3: START sleep 600 is under way\n/,
    );
    expect(code, stdout).toBe(3);
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
  });

  it('3: a wait has its own time-out', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    const { code, stdout } = await lab.run(['WAITFOR node1 READY TIMEOUT 500ms']);
    expect(stdout).toContain('node1: its last status is "ALIVE"');
    expect(code, stdout).toBe(3);
  });

  it("waits for a script's own word, and shows its progress", async () => {
    const lab = await createLab(broker());
    const script = 'startFunction() { update "half of it"; publish_mqtt LINK UP "$1"; }';
    await lab.agent('node1', { script });
    const { code, stdout } = await lab.run(['SEND node1 START wlan0', 'WAITFOR node1 LINK UP']);
    expect(stdout).toContain('node1: half of it');
    expect(stdout).toMatch(/\n {2}node1 +1 +0 .* half of it\n/);
    expect(code, stdout).toBe(0);
  });

  it('groups and *', async () => {
    const lab = await createLab(broker());
    await lab.agent('server');
    await lab.agent('laptop', { groups: ['clients', 'wifi'] });
    await lab.agent('phone', { groups: ['clients'] });
    const { code, stdout } = await lab.run([
      'SEND @clients START as client',
      'WAITFOR * ALIVE',
      'SEND @wifi,server START again',
    ]);
    expect(stdout).toContain('@clients is laptop, phone (2 nodes)');
    expect(stdout).toContain('* is laptop, phone, server (3 nodes)');
    expect(stdout).toMatch(/laptop +2 .*\n.*phone +1 .*\n.*server +1 /);
    expect(code, stdout).toBe(0);
  });

  it.each(['@nobody', '*'])('4: %s stands for no agent', async (nodes) => {
    const lab = await createLab(broker());
    const { code, stderr } = await lab.run([`SEND ${nodes} START`]);
    expect(stderr).toMatch(
      /^error: no agent .*answered the roll call within 2 s\nhint: start the agents first/,
    );
    expect(code).toBe(4);
  });
});
