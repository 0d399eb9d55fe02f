import { expect, it } from 'vitest';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { createFleet, PASSWORD } from './support/fleet.ts';
import { PATIENCE } from './support/patience.ts';
import {
  expectFigures,
  preflightWifiTest,
  runWifiTest,
  WIFI_HOSTS,
  WIFI_NODES,
} from './support/wifi-hosts.ts';

describeOnHosts('six hosts, by ssh', WIFI_HOSTS, (lab) => {
  it('get their agents with the run, do the Wi-Fi test, and keep nothing once all is removed', async () => {
    const fleet = await createFleet(lab());
    await expectFigures(await runWifiTest(fleet, lab(), ['--ssh']), lab(), fleet);
    for (const host of lab().hosts) {
      expect((await host.sh('ps -e -ww -o args')).stdout).not.toContain(PASSWORD);
      expect(
        (await host.sh(`cd .local/share/mqtt-orchestrate/${host.name} && stat -c %a . global.config`)).stdout,
      ).toBe('700\n600\n');
    }
    await fleet.removeAll();
  });

  it('are left alone by a second deployment, but for the one whose functions have changed', async () => {
    const fleet = await createFleet(lab());
    expect((await fleet.deploy('--ssh')).code).toBe(0);
    const before = await fleet.sessions();
    expect(Object.keys(before).sort()).toEqual([...WIFI_NODES].sort());

    expect((await fleet.deploy('--ssh')).code).toBe(0);
    expect(await fleet.sessions()).toEqual(before);

    await fleet.write('node-scripts/client2/functions.sh', 'startFunction() { echo "it has changed"; }');
    expect((await fleet.deploy('--ssh')).code).toBe(0);
    const after = await fleet.sessions();
    expect(WIFI_NODES.filter((node) => before[node] !== after[node])).toEqual(['client2']);
    const { stdout } = await fleet.run(['SEND client2 START', 'WAITFOR client2 STARTED']);
    expect(stdout).toContain('it has changed');
    await fleet.removeAll();
  });

  it('are looked at before a run: what is in its way is named, and nothing else: exit 4', async () => {
    const fleet = await createFleet(lab());
    expect((await fleet.deploy('--ssh')).code).toBe(0);
    const well = await preflightWifiTest(fleet, lab());
    expect(well.code, well.stdout).toBe(0);
    const [server1, client2] = [lab().host('server1'), lab().host('client2')];
    await server1.sh('iperf3 -s -D -p 5201');
    await client2.sh('ip link set test down');
    const { code, stdout } = await preflightWifiTest(fleet, lab());
    expect(stdout).toMatch(/^server1 +port 5201 +FAIL +in use by iperf3 /m);
    expect(stdout).toMatch(
      new RegExp(`^client2 +way to ${lab().host('server2').testAddress}:5202 +FAIL `, 'm'),
    );
    expect(stdout.match(/ FAIL /g)).toHaveLength(2);
    expect(code, stdout).toBe(4);
    await client2.sh('ip link set test up');
    await server1.sh('pkill -x iperf3');
    await fleet.removeAll();
  });

  it('of which one is cut off in the middle of a run: exit 4, it is named, the others are stopped', async () => {
    const fleet = await createFleet(lab());
    expect((await fleet.deploy('--ssh')).code).toBe(0);
    const { testAddress } = lab().host('server1');
    const run = await fleet.startRun([
      'SEND server1 START SERVER 5201',
      'WAITFOR server1 STARTED',
      `SEND client1 START CLIENT ${testAddress} 5201 300`,
      'WAITFOR client1 STARTED',
    ]);
    await run.printed(/✓ 3\/4/);
    await lab().host('client1').unplug();
    const { code, stdout } = await run.ended;
    expect(stdout).toContain('client1: it was lost: the broker said OFFLINE and it did not come back');
    expect(code, stdout).toBe(4);
    const iperf3On = async (name: string) =>
      (await lab().host(name).processes()).filter((each) => each.startsWith('iperf3'));
    await expect.poll(() => iperf3On('server1'), PATIENCE).toEqual([]);
    // Whoever hears nothing of the run any more stops by himself.
    await expect.poll(() => iperf3On('client1'), PATIENCE).toEqual([]);
    await lab().host('client1').plugIn();
    await expect.poll(async () => (await fleet.retained())['client1/STATUS'], PATIENCE).not.toBe('OFFLINE');
    await fleet.removeAll();
  });
});
