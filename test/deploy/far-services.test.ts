import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { FarLine, FarSaid } from '../../src/deploy/far-lines.ts';
import { readHostFacts } from '../../src/deploy/host-facts.ts';
import { layOut, serviceText, sumOf } from '../../src/deploy/layout.ts';
import type { HostFacts } from '../../src/deploy/model.ts';
import { createTar } from '../../src/deploy/tar.ts';
import { createFarHost, FAR_SHELLS, type FarHost } from './far-shells.ts';
import { PLAIN_CONFIG } from './plain-config.ts';

const PATIENCE = { timeout: 20_000, interval: 20 };
const NODE1 = ['node', 'node1'] as const;

/** Stands for an agent that says its session and ends by SIGTERM. */
const AGENT = `
trap 'rm -f session; exit 0' TERM
echo "$$ s-$$" >session
while :; do sleep 0.1; done
`;

/**
 * Stands for systemd, which cannot be had in a test: it notes what it is told, and starts and ends what a unit file names.
 * What it cannot show is that the real one agrees.
 */
const SYSTEMCTL = `#!/bin/sh
echo "$*" >>"$STAND_IN/told"
[ "$1" != --user ] || shift
unit=/etc/systemd/system/\${2-}
main=$STAND_IN/main
stop() { [ ! -f "$main" ] || { kill -TERM "$(cat "$main")" 2>/dev/null; rm -f "$main"; }; }
case $1 in
  restart)
    stop
    run=$(sed -n 's/^ExecStart=.bin.sh "\\(.*\\)"$/\\1/p' "$unit")
    setsid sh "$run" </dev/null >/dev/null 2>&1 &
    echo $! >"$main"
    ;;
  stop) stop ;;
  is-active) if [ -f "$main" ]; then echo active; else echo inactive; exit 3; fi ;;
esac
`;

interface ServiceHost extends FarHost {
  told(): readonly string[];
  /** What lies where system units belong. */
  units(): readonly string[];
}

/** In a mount namespace of its own, with folders of its own where systemd has its files. */
function createServiceHost(shell: (typeof FAR_SHELLS)[number]): ServiceHost {
  const base = mkdtempSync(join(tmpdir(), 'systemd-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const [run, units] = [join(base, 'run'), join(base, 'units')];
  mkdirSync(join(run, 'system'), { recursive: true });
  mkdirSync(units);
  const mounts = `mount --bind '${run}' /run/systemd && mount --bind '${units}' /etc/systemd/system && exec "$@"`;
  const host = createFarHost(shell, {
    within: ['unshare', '--mount', 'env', `STAND_IN=${base}`, 'sh', '-c', mounts, 'sh'],
    programs: { systemctl: SYSTEMCTL },
  });
  return {
    ...host,
    told: () => readFileSync(join(base, 'told'), 'utf8').trim().split('\n'),
    units: () => readdirSync(units),
  };
}

function linesOf(said: FarSaid): readonly FarLine[] {
  if (said.kind !== 'complete') throw new Error(JSON.stringify(said));
  return said.lines;
}

async function look(host: FarHost): Promise<HostFacts> {
  return readHostFacts(linesOf(await host.run('look', [NODE1, ['how', 'agent']])));
}

async function put(host: FarHost): Promise<void> {
  const laid = layOut({
    node: 'node1',
    groups: [],
    kind: 'shell',
    interpreter: 'sh',
    program: Buffer.from(AGENT),
    script: Buffer.from(''),
    config: PLAIN_CONFIG,
  });
  const values = laid.map(
    ({ name, mode, contents }) => ['file', `${mode} ${sumOf(contents)} ${name}`] as const,
  );
  linesOf(await host.run('put', [NODE1, ...values], createTar(laid, Date.now())));
}

async function pidFrom(said: Promise<FarSaid>): Promise<number> {
  const session = linesOf(await said).find(({ word }) => word === 'session');
  const pid = Number(session?.rest.split(' ')[0]);
  onTestFinished(() => {
    if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  });
  return pid;
}

/** One that nobody has waited for yet has ended all the same. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const mayMount = ((): boolean => {
  try {
    execFileSync('unshare', ['--mount', 'sh', '-c', 'mount --bind /tmp /etc/systemd/system'], {
      stdio: 'ignore',
    });
    return existsSync('/run/systemd');
  } catch {
    return false;
  }
})();

describe.each(FAR_SHELLS)('with systemd, in %s', (shell) => {
  test('a detached agent becomes a service, stays one, and is one no more', async ({ skip }) => {
    skip(!mayMount, 'mount namespaces, and with them the folders of systemd, are for root');
    const host = createServiceHost(shell);
    await put(host);
    const detached = await pidFrom(host.run('start', [NODE1]));
    const before = await look(host);
    expect(before).toMatchObject({
      serviceManager: 'systemd',
      serviceSum: undefined,
      agent: { pid: detached },
    });

    const text = serviceText('node1', before) ?? '';
    const values = [NODE1, ['how', 'install'], ['unit', 'systemd']] as const;
    const serving = await pidFrom(host.run('start', values, Buffer.from(text)));
    await expect.poll(() => isRunning(detached), PATIENCE).toBe(false);
    expect(host.units()).toEqual(['mqtt-orchestrate-node1.service']);
    expect(await look(host)).toMatchObject({ serviceSum: sumOf(Buffer.from(text)), agent: { pid: serving } });
    expect(host.told()).toEqual(
      expect.arrayContaining([
        'daemon-reload',
        'enable mqtt-orchestrate-node1.service',
        'restart mqtt-orchestrate-node1.service',
      ]),
    );

    const again = await pidFrom(host.run('start', [NODE1]));
    await expect.poll(() => isRunning(serving), PATIENCE).toBe(false);
    expect((await look(host)).agent?.pid).toBe(again);
    expect(host.told().filter((line) => line.startsWith('restart'))).toHaveLength(2);

    const words = linesOf(await host.run('end', [NODE1, ['how', 'uninstall']])).map(({ word }) => word);
    expect(words).toContain('uninstalled');
    await expect.poll(() => isRunning(again), PATIENCE).toBe(false);
    expect(host.units()).toEqual([]);
    expect(await look(host)).toMatchObject({ serviceSum: undefined, agent: undefined, hasFolder: true });
    expect(host.told()).toContain('disable mqtt-orchestrate-node1.service');
  });

  test('all of it is removed, the service too', async ({ skip }) => {
    skip(!mayMount, 'mount namespaces, and with them the folders of systemd, are for root');
    const host = createServiceHost(shell);
    await put(host);
    const text = serviceText('node1', await look(host)) ?? '';
    const pid = await pidFrom(
      host.run('start', [NODE1, ['how', 'install'], ['unit', 'systemd']], Buffer.from(text)),
    );
    const words = linesOf(await host.run('end', [NODE1, ['how', 'remove']])).map(({ word }) => word);
    expect(words).toEqual(expect.arrayContaining(['uninstalled', 'removed']));
    await expect.poll(() => isRunning(pid), PATIENCE).toBe(false);
    expect(host.units()).toEqual([]);
    expect(existsSync(host.folder('node1'))).toBe(false);
  });
});

test('a service that is wanted of a manager that is not there is refused, and nothing is started', async () => {
  const host = createFarHost('dash');
  await put(host);
  const said = await host.run('start', [NODE1, ['how', 'install'], ['unit', 'procd']], Buffer.from('x'));
  expect(said).toMatchObject({ kind: 'failed', reason: 'service', detail: 'there is no procd there' });
  expect((await look(host)).agent).toBeUndefined();
});
