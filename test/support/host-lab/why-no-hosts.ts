import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createNamespaces } from './namespaces.ts';

/** What has to be installed, by what shows that it is not. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  tc: 'iproute2',
  bridge: 'iproute2',
  ps: 'procps',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  iperf3: 'iperf3',
};

/** Why test hosts cannot be made on this machine; undefined: they can. */
export async function whyNoHosts(): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'test hosts need root';
  const missing = await findMissing();
  if (missing.length > 0) return `test hosts need ${missing.join(', ')}`;
  try {
    const trial = await createNamespaces(['network', 'mount', 'process']);
    try {
      await trial.must(['ip', 'link', 'add', 'one', 'type', 'veth', 'peer', 'name', 'two']);
      await trial.must(['ip', 'link', 'add', 'switch', 'type', 'bridge']);
      await trial.must([
        'tc',
        'qdisc',
        'add',
        'dev',
        'one',
        'root',
        'tbf',
        ...'rate 1mbit burst 64kb latency 1ms'.split(' '),
      ]);
      await trial.must(['mount', '-t', 'tmpfs', 'tmpfs', '/tmp']);
    } finally {
      await trial.close();
    }
  } catch (thrown) {
    return `no namespaces for test hosts: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
  return undefined;
}

async function findMissing(): Promise<readonly string[]> {
  const packages = new Set<string>();
  for (const [program, name] of Object.entries(PACKAGE_OF)) {
    if (!(await succeeds(promisify(execFile)('sh', ['-c', `command -v ${program}`])))) packages.add(name);
  }
  if (!(await succeeds(access('/usr/sbin/sshd')))) packages.add('openssh-server');
  return [...packages];
}

function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  );
}
