import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';
import { createWorkplace } from './support/workplace.ts';

// In one file, since both use the same ports.

const ROOT = new URL('../../', import.meta.url).pathname;
const FIGURE = String.raw`\d+\.\d+ [GM]bit/s`;

it('the quickstart, with iperf3', async () => {
  const { end, processes } = await createWorkplace();
  const playbook = join(ROOT, 'playbooks/quickstart.playbook');
  const { code, stdout } = await end(['-p', playbook, '--local', '--var', 'seconds=1']);
  const [, recap = ''] = stdout.split('\nRecap\n');
  expect(recap).toMatch(new RegExp(`^ {2}client1 .* ${FIGURE}$`, 'm'));
  expect(recap).toMatch(new RegExp(`^ {2}client2 .* ${FIGURE}$`, 'm'));
  expect(recap).toMatch(/^SYNC \d+\/\d+: 2 nodes started within /m);
  expect(recap).toMatch(/\nPASSED in /);
  expect(code, stdout).toBe(0);
  await expect.poll(processes, PATIENCE).toEqual([]);
});

it('the servers of the default node script: each serves one test after the other, and is ended by its port', async () => {
  const broker = await startMosquitto();
  onTestFinished(() => broker.stop());
  const lab = await createLab(broker);
  const script = await readFile(join(ROOT, 'node-scripts/default/functions.sh'), 'utf8');
  for (const node of ['server', 'client']) await lab.agent(node, { script });
  const [first, second] = [await freePort(), await freePort()];
  const { code, stdout } = await lab.run([
    `SEND server START SERVER ${first}`,
    `SEND server START SERVER ${second}`,
    'WAITFOR server STARTED',
    `PROBE server tcp:${first}`,
    `PROBE server tcp:${second}`,
    ...Array.from({ length: 3 }, () => [
      `SEND client START CLIENT 127.0.0.1 ${first} 1`,
      'WAITFOR client STARTED',
    ]).flat(),
    `SEND server STOP SERVER ${first}`,
    'WAITFOR server STOPPED',
    `SEND client START CLIENT 127.0.0.1 ${second} 1`,
    'WAITFOR client STARTED',
    `SEND client START CLIENT 127.0.0.1 ${first} 1`,
    'WAITFOR client STARTED',
  ]);
  expect(stdout).toContain(
    `client: START CLIENT 127.0.0.1 ${first} 1 failed: iperf3 to 127.0.0.1, port ${first}: `,
  );
  expect(stdout.match(new RegExp(`→ client: ${FIGURE}`, 'g'))).toHaveLength(4);
  expect(code, stdout).toBe(1);
  // The run that failed has stopped what it started.
  await expect.poll(() => lab.processes().filter((each) => each.includes('iperf3')), PATIENCE).toEqual([]);
});

it('the Wi-Fi test, with all its nodes on this machine, and shorter measurements', async () => {
  const { end, folder, processes } = await createWorkplace();
  const addresses = ['server1_ip', 'server2_ip', 'server3_ip', 'control_ip'];
  const variables = [...addresses.map((name) => `${name}=127.0.0.1`), 'seconds=1'];
  const playbook = join(ROOT, 'playbooks/wifi-test.playbook');
  const words = ['-p', playbook, '--local', ...variables.flatMap((each) => ['--var', each])];
  const { code, stdout } = await end(words);
  const [, recap = ''] = stdout.split('\nRecap\n');
  for (const client of ['client1', 'client2', 'client3']) {
    expect(recap).toMatch(new RegExp(`^ {2}${client} .* ${FIGURE}$`, 'm'));
  }
  expect(stdout).not.toContain('no server on port');
  expect(recap).toMatch(/^SYNC \d+\/\d+: 2 nodes started within .* \(budget 1000 ms, /m);
  expect(recap).toMatch(/^SYNC \d+\/\d+: 3 nodes started within .* \(budget 1000 ms, /m);
  expect(code, stdout).toBe(0);
  for (const [port, tests] of [
    [5201, 2],
    [5202, 2],
    [5203, 1],
  ]) {
    const log = await readFile(join(folder, `iperf3.${port}.log`), 'utf8');
    expect(log).toContain(`Server listening on ${port}`);
    expect(log.match(/Accepted connection/g)).toHaveLength(Number(tests));
  }
  await expect.poll(processes, PATIENCE).toEqual([]);
});
