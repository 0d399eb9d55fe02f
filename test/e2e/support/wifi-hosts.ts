import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { HostLab, HostOptions } from '../../support/host-lab.ts';
import type { Fleet } from './fleet.ts';
import type { Ended } from './program.ts';

/** The machines of the Wi-Fi test, each client at a distance of its own. */
export const WIFI_HOSTS: readonly HostOptions[] = [
  { name: 'server1' },
  { name: 'server2' },
  { name: 'server3' },
  { name: 'client1', megabitsPerSecond: 50 },
  { name: 'client2', megabitsPerSecond: 20 },
  { name: 'client3', megabitsPerSecond: 10 },
];

export const WIFI_NODES = WIFI_HOSTS.map(({ name }) => name);

const PLAYBOOK = new URL('../../../playbooks/wifi-test.playbook', import.meta.url).pathname;
const SECONDS = 1;

/** Runs the Wi-Fi test over the test network of the lab. */
export function runWifiTest({ end }: Fleet, lab: HostLab, words: readonly string[] = []): Promise<Ended> {
  return end(['run', '-p', PLAYBOOK, ...variablesOf(lab), ...words]);
}

/** Looks whether it could be run. */
export function preflightWifiTest({ end }: Fleet, lab: HostLab): Promise<Ended> {
  return end(['preflight', PLAYBOOK, ...variablesOf(lab)]);
}

/** Every client measured something, and what every server saw came home. */
export async function expectFigures({ code, stdout, stderr }: Ended, lab: HostLab, { folder }: Fleet) {
  expect(code, stdout + stderr).toBe(0);
  const [, recap = ''] = stdout.split('\nRecap\n');
  for (const [index, tests] of [2, 2, 1].entries()) {
    const number = index + 1;
    expect(recap).toMatch(new RegExp(`^ {2}client${number} .* \\d+\\.\\d+ [GM]bit/s$`, 'm'));
    const log = await readFile(join(folder, `iperf3.520${number}.log`), 'utf8');
    const { testAddress } = lab.host(`client${number}`);
    expect(log.split(`Accepted connection from ${testAddress}`)).toHaveLength(tests + 1);
  }
}

function variablesOf(lab: HostLab): readonly string[] {
  const servers = ['server1', 'server2', 'server3'];
  const variables = [
    ...servers.map((server) => `${server}_ip=${lab.host(server).testAddress}`),
    `control_ip=${lab.controlAddress}`,
    `seconds=${SECONDS}`,
  ];
  return variables.flatMap((each) => ['--var', each]);
}
