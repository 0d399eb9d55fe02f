import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
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
  expect(recap).toMatch(/\nPASSED in /);
  expect(code, stdout).toBe(0);
  await expect.poll(processes, PATIENCE).toEqual([]);
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
  expect(code, stdout).toBe(0);
  for (const port of [5201, 5202]) {
    expect(await readFile(join(lab.folder, `iperf3.${port}.log`), 'utf8')).toContain(
      `Server listening on ${port}`,
    );
  }
});
