import { expect, it } from 'vitest';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';

describeOnEachBroker('send', (broker) => {
  it('0: hands words to the script as they are', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1', { script: `startFunction() { printf '<%s>' "$@"; echo; }` });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: for the script to see, not for us
    const words = ['two  blanks', '$(id)', '${x}', "it's", '"', '`id`', '*', '', '-n', '\\', 'ä→', '# no'];
    const { code, stdout, stderr } = await lab.end(['send', 'node1', 'START', ...words]);
    expect(stderr).toBe('');
    expect(stdout).toContain(`node1 │ ${words.map((word) => `<${word}>`).join('')}\n`);
    expect(code, stdout).toBe(0);
  });

  it('1: shows the output while it comes, and then what became of the command', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1', { script: 'startFunction() { echo measuring; sleep 600; }' });
    const send = lab.start(['send', 'node1', 'START']);
    await send.printed(/node1 │ measuring/);
    expect((await lab.end(['send', 'node1', 'STOP'])).code).toBe(0);
    const { code, stdout } = await send.ended;
    expect(stdout).toContain('node1: START was cancelled');
    expect(code, stdout).toBe(1);
  });

  it('1: the function failed', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    await lab.agent('node2');
    const { code, stdout } = await lab.end(['send', 'node1,node2', 'START', 'fail', 'eth0']);
    expect(stdout).toContain('node2: START fail eth0 failed with exit code 7');
    expect(stdout).toContain('node1, node2: START fail eth0 failed: there is no eth0');
    expect(code, stdout).toBe(1);
  });

  it('0: leaves running what it started', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    expect((await lab.end(['send', 'node1', 'START', 'background', '600'])).code).toBe(0);
    await expect.poll(lab.processes, PATIENCE).toContain('sleep 600');
  });

  it('4: the node is not there', async () => {
    const lab = await createLab(broker());
    const { code, stdout } = await lab.end(['send', '--ack-timeout', '500ms', 'node1', 'START']);
    expect(stdout).toContain('node1: START was not delivered');
    expect(code, stdout).toBe(4);
  });
});
