import { expect, it } from 'vitest';
import { describeOnHosts } from '../support/describe-on-hosts.ts';
import { createFleet } from './support/fleet.ts';
import { PATIENCE } from './support/patience.ts';

const HOSTS = [
  { name: 'good' },
  { name: 'refuses' },
  { name: 'reinstalled' },
  { name: 'full', homeBytes: 64 * 1024 },
  { name: 'router', without: ['node', 'nodejs', 'bash'], shell: '/bin/sh' },
  { name: 'bare', without: ['node', 'nodejs', 'mosquitto_sub'] },
  { name: 'astray' },
];

describeOnHosts('hosts of which most are not as they should be', HOSTS, (lab) => {
  it('are each told what is wrong with them, and the others are served: exit 6; one that is mended is served next time', async () => {
    await lab().host('refuses').stopSsh();
    await lab().host('reinstalled').changeHostKey();
    // Nobody has this address.
    const fleet = await createFleet(lab(), { variables: { astray: { mqtt_server: '198.18.0.99' } } });
    await fleet.write('node-scripts/router/functions.sh', 'startFunction() { publish_mqtt "MEASURED $1"; }');
    const { code, stdout, stderr } = await fleet.deploy('--ssh');
    const text = stdout + stderr;
    expect(text).toMatch(/^good +deployed +agent.cjs with Node.js /m);
    expect(text).toMatch(/^router +deployed +agent.sh with sh, alive$/m);
    expect(text).toMatch(/✗ refuses: nothing listens on its ssh port/);
    expect(text).toMatch(/✗ reinstalled: its host key is not the one that is known/);
    expect(text).toMatch(/✗ full: \d+ KiB are needed below \S+, and 64 KiB are free/);
    expect(text).toMatch(
      /✗ bare: missing there: for agent.cjs Node.js 18 or newer; for agent.sh mosquitto_sub/,
    );
    expect(text).toMatch(/✗ astray: [^✓✗]*it cannot reach the broker from there/);
    expect(text).toContain('7 hosts: 2 deployed, 5 failed');
    expect(code, text).toBe(6);
    expect(Object.keys(await fleet.sessions()).sort()).toEqual(['good', 'router']);
    const run = await fleet.run(['SEND router START wlan0', 'WAITFOR router MEASURED wlan0']);
    expect(run.code, run.stdout).toBe(0);

    await lab().host('refuses').startSsh();
    expect(await fleet.deploy('--ssh', '--limit', 'good,router,refuses')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('3 hosts: 2 unchanged, 1 deployed'),
    });
    expect(await fleet.deploy('--remove', '--limit', 'good,router,refuses,astray')).toMatchObject({
      code: 0,
    });
    for (const host of lab().hosts) {
      await expect.poll(() => host.processes(), PATIENCE).toEqual([]);
      expect(await host.files()).toEqual([]);
    }
  });
});
