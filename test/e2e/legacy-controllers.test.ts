import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { startLegacyController } from './support/legacy.ts';

const SCRIPT = `
startFunction() {
  case $1 in
    SERVER) iperf3 -s --forceflush -p "$2" >server.log & wait_port "$2" ;;
    CLIENT) iperf3 -c "$2" -p "$3" -n 1M >client.log ;;
  esac
}
identifyFunction() { :; }
`;

describeOnEachBroker('a control machine that polls the retained STATUS', (broker) => {
  it('drives one of our agents through every verb', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const agent = await lab.agent('node1', { script: SCRIPT });
    const [iperfPort, port] = [await freePort(), await freePort()];
    const file = join(lab.folder, 'server.log');
    const controller = await startLegacyController(lab, broker(), [
      '# One of the new agents, every verb.',
      'WAITFOR node1 ALIVE',
      '',
      `SEND node1 START SERVER ${iperfPort}`,
      'WAITFOR node1 STARTED',
      'WAIT 0.1',
      'SEND node1 IDENTIFY "two words"',
      'WAITFOR node1 IDENTIFY-DONE',
      'SEND node1 STOP',
      'WAITFOR node1 STOPPED',
      `RECEIVE ${port} received`,
      `SEND node1 SENDFILE ${file} 127.0.0.1 ${port} TRUNCATE`,
      'WAITFOR node1 SENT FILE',
      'SEND node1 TERMINATE',
      'WAITFOR node1 TERMINATED',
    ]);
    const { code, stdout, stderr } = await controller.ended;
    expect(code, stdout + stderr).toBe(0);
    expect((await agent.ended).code).toBe(0);
    expect(await readFile(join(lab.folder, 'received'), 'utf8')).toContain(`listening on ${iperfPort}`);
    expect((await stat(file)).size).toBe(0);
    expect(log.texts('node1/STATUS')).toEqual([
      ...['ALIVE', 'STARTED', 'IDENTIFY-DONE', 'STOPPED'],
      ...['SENDING FILE', 'SENT FILE', 'TERMINATED'],
    ]);
  });

  it('drives two of our agents that work together', async () => {
    const lab = await createLab(broker());
    const agents = [
      await lab.agent('server', { script: SCRIPT }),
      await lab.agent('client', { script: SCRIPT }),
    ];
    const [iperfPort, port] = [await freePort(), await freePort()];
    const measurement = [
      `SEND client START CLIENT 127.0.0.1 ${iperfPort}`,
      'WAITFOR client STARTED',
      'SEND client STOP',
      'WAITFOR client STOPPED',
    ];
    const controller = await startLegacyController(lab, broker(), [
      'WAITFOR server ALIVE',
      'WAITFOR client ALIVE',
      `SEND server START SERVER ${iperfPort}`,
      'WAITFOR server STARTED',
      ...measurement,
      '# Once more.',
      ...measurement,
      'SEND server STOP',
      'WAITFOR server STOPPED',
      `RECEIVE ${port} received`,
      `SEND client SENDFILE ${join(lab.folder, 'client.log')} 127.0.0.1 ${port}`,
      'WAITFOR client SENT FILE',
      'SEND client TERMINATE',
      'SEND server TERMINATE',
      'WAITFOR client TERMINATED',
      'WAITFOR server TERMINATED',
    ]);
    const { code, stdout, stderr } = await controller.ended;
    expect(code, stdout + stderr).toBe(0);
    expect(await readFile(join(lab.folder, 'received'), 'utf8')).toContain('iperf Done.');
    for (const agent of agents) expect((await agent.ended).code).toBe(0);
    expect(lab.processes().filter((line) => line.startsWith('iperf3'))).toEqual([]);
  });
});
