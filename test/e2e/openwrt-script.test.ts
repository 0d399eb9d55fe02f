import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { startShellAgent } from './support/shell-agent.ts';

const SCRIPT = new URL('../../node-scripts/openwrt/functions.sh', import.meta.url).pathname;

describeOnEachBroker('the node script for nodes without bash', (broker) => {
  it('measures between two of them, and ends its servers', async () => {
    const lab = await createLab(broker());
    const script = await readFile(SCRIPT, 'utf8');
    for (const name of ['server', 'client']) await startShellAgent(lab, ['busybox', 'sh'], name, { script });
    const [port, other] = [await freePort(), await freePort()];
    const { code, stdout } = await lab.run([
      'WAITFOR server,client ALIVE',
      `SEND server START SERVER ${port}`,
      'WAITFOR server STARTED',
      `SEND server START SERVER ${other}`,
      'WAITFOR server STARTED',
      `SEND client START CLIENT 127.0.0.1 ${port} 1`,
      'WAITFOR client RESULT',
      `SEND server STOP SERVER ${port}`,
      'WAITFOR server STOPPED',
      `SEND client START CLIENT 127.0.0.1 ${port} 1`,
      'WAITFOR client FAILED START',
      `SEND client START CLIENT 127.0.0.1 ${other} 1`,
      'WAITFOR client STARTED',
      'SEND server STOP',
      'WAITFOR server STOPPED',
    ]);
    expect(code, stdout).toBe(0);
    const result = (await lab.listen()).texts('client/STATUS').find((text) => text.startsWith('RESULT'));
    expect(result).toMatch(/^RESULT [0-9.]+ [GM]bit\/s$/);
    expect(lab.processes().filter((line) => line.includes('iperf3'))).toEqual([]);
  });
});
