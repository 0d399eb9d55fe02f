import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { createLab } from './support/lab.ts';
import { PATIENCE } from './support/patience.ts';
import { createWorkplace } from './support/workplace.ts';

// In one file, since both use the ports 5201 and 5202.

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

it('the Wi-Fi test, against agents, with shorter measurements', async () => {
  const broker = await startMosquitto();
  onTestFinished(() => broker.stop());
  const lab = await createLab(broker);
  const script = await readFile(join(ROOT, 'node-scripts/default/functions.sh'), 'utf8');
  for (const node of ['server', 'laptop', 'phone']) await lab.agent(node, { script });
  const sample = await readFile(join(ROOT, 'playbooks/wifi-test.playbook'), 'utf8');
  const shorter = sample.replaceAll(/ (10|20) 3$/gm, ' 1 3');
  const addresses = ['--var', 'server_ip=127.0.0.1', '--var', 'control_ip=127.0.0.1'];
  const { code, stdout, stderr } = await lab.run(shorter.split('\n'), addresses);
  expect(stderr).toBe('');
  const [, recap = ''] = stdout.split('\nRecap\n');
  expect(recap).toMatch(new RegExp(`^ {2}laptop .* ${FIGURE}$`, 'm'));
  expect(recap).toMatch(new RegExp(`^ {2}phone .* ${FIGURE}$`, 'm'));
  expect(stdout).not.toContain('no server on port');
  expect(recap).toMatch(/^SYNC \d+\/\d+: 2 nodes started within .* \(budget 1000 ms, /m);
  expect(code, stdout).toBe(0);
  for (const port of [5201, 5202]) {
    expect(await readFile(join(lab.folder, `iperf3.${port}.log`), 'utf8')).toContain(
      `Server listening on ${port}`,
    );
  }
});
