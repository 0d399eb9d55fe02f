import { expect, it } from 'vitest';
import { describeOnHosts } from './describe-on-hosts.ts';
import type { LabHost } from './host-lab.ts';

const HOSTS = [
  { name: 'one', megabitsPerSecond: 20 },
  { name: 'two', homeBytes: 256 * 1024 },
  { name: 'three', without: ['node', 'bash', 'mosquitto_sub'], shell: '/bin/sh' },
];

describeOnHosts('a lab of hosts', HOSTS, (lab) => {
  const ssh = ({ controlAddress }: LabHost, words: string) =>
    lab().control.run(['ssh', '-o', 'BatchMode=yes', controlAddress, words]);

  it('takes the control machine by ssh, into a home of its own', async () => {
    for (const host of lab().hosts) {
      const { stdout, stderr } = await ssh(host, `echo "\${SSH_CONNECTION%% *}" && echo ${host.name} >~/who`);
      expect(stderr).toBe('');
      expect(stdout).toBe('198.18.0.1\n');
    }
    for (const host of lab().hosts) {
      expect(await host.files()).toHaveLength(1);
      expect((await host.sh('cat ~/who; rm ~/who')).stdout).toBe(`${host.name}\n`);
    }
  });

  it('lets a host reach the control machine over the control network, and no other host', async () => {
    const [one, two] = [lab().host('one'), lab().host('two')];
    // Nothing listens there: that it is told so is the proof.
    expect(await connectionOf(one, `${lab().controlAddress}/1883`)).toContain('Connection refused');
    expect(await connectionOf(one, `${two.controlAddress}/22`)).toContain('No route to host');
    expect(await connectionOf(one, `${two.testAddress}/22`)).toBe('');
    // And the control machine is on no other network.
    expect(await connectionOf(one, '198.19.0.1/22')).toContain('No route to host');
  });

  it('carries iperf3 from host to host over the test network', async () => {
    const [one, two] = [lab().host('one'), lab().host('two')];
    await two.sh('iperf3 -s -1 -D');
    const { stdout } = await one.sh(
      `until iperf3 -c ${two.testAddress} -t 1 -J >report; do sleep 0.05; done; cat report; rm report`,
    );
    const { end } = JSON.parse(stdout);
    expect(end.sum_received.bytes).toBeGreaterThan(0);
    expect((await one.sh('tc qdisc show dev test')).stdout).toContain('tbf');
  });

  it('has cables to pull', async () => {
    const two = lab().host('two');
    await two.unplug();
    expect(
      (await lab().control.run(['ssh', '-o', 'ConnectTimeout=1', two.controlAddress, 'true'])).code,
    ).toBe(255);
    expect(await connectionOf(two, `${lab().host('one').testAddress}/22`)).toBe('');
    await two.plugIn();
    expect((await ssh(two, 'true')).code).toBe(0);
  });

  it('shows what runs on a host, and only there', async () => {
    const [one, two] = [lab().host('one'), lab().host('two')];
    await ssh(one, 'setsid sleep 1234 </dev/null >/dev/null 2>&1 &');
    expect(await one.processes()).toEqual(['sleep 1234']);
    expect(await two.processes()).toEqual([]);
    await one.sh('kill "$(pgrep -x sleep)"');
    await expect.poll(() => one.processes(), { timeout: 20_000, interval: 20 }).toEqual([]);
  });

  it('has hosts that lack something: programs, space, a sshd, the key they had', async () => {
    const [one, two, three] = [lab().host('one'), lab().host('two'), lab().host('three')];
    expect((await one.sh('node --version')).code).toBe(0);
    expect((await ssh(three, 'command -v node bash mosquitto_sub; echo $0')).stdout).toBe('sh\n');
    expect((await three.sh('command -v mosquitto_pub')).code).toBe(0);
    expect((await two.sh('head -c 1000000 /dev/zero >~/full; rm ~/full')).stderr).toContain('No space left');
    await three.stopSsh();
    expect((await ssh(three, 'true')).stderr).toContain('Connection refused');
    await three.startSsh();
    expect((await ssh(three, 'true')).code).toBe(0);
    await three.changeHostKey();
    expect((await ssh(three, 'true')).stderr).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED');
  });
});

/** Empty: there is one. */
async function connectionOf(from: LabHost, target: string): Promise<string> {
  return (await from.sh(`timeout 30 bash -c '</dev/tcp/${target}'`)).stderr;
}
