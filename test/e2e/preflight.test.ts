import { chmod, mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { startMosquitto } from '../support/mosquitto.ts';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab, type Lab } from './support/lab.ts';
import { startLegacyAgent } from './support/legacy.ts';

interface Row {
  readonly subject: string;
  readonly check: string;
  readonly title: string;
  readonly outcome: string;
  readonly detail: string;
  readonly remedy: string | null;
}

/** The rows of a preflight with a playbook of these lines, by `subject check title`, and how it ended. */
async function look(lab: Lab, lines: readonly string[], words: readonly string[] = []) {
  await lab.write('test.playbook', `${lines.join('\n')}\n`);
  const { code, stdout, stderr } = await lab.end(['preflight', 'test.playbook', '--json', ...words]);
  const rows: readonly Row[] = JSON.parse(stdout || '[]');
  return {
    code,
    stderr,
    rows,
    row(subject: string, check: string, title?: string): Row | undefined {
      return rows.find(
        (each) =>
          each.subject === subject && each.check === check && (title === undefined || each.title === title),
      );
    },
  };
}

/** A folder beside the agents, in the PATH of a script that puts it there, with small programs. */
async function programs(lab: Lab, texts: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(lab.folder, 'programs');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(texts))
    await chmod(await lab.write(`programs/${name}`, `#!/bin/sh\n${text}\n`), 0o755);
  return folder;
}

describeOnEachBroker('preflight', (broker) => {
  it('0: one table, a row per node and check, and all is there', async () => {
    const lab = await createLab(broker());
    const folder = await programs(lab, { iperf3: 'echo "iperf 3.12 (cJSON 1.7.15)"' });
    const script = `PATH=${folder}:$PATH requires="iperf3 >= 3.9, cat"\nstartFunction() { :; }\n`;
    await lab.agent('node1', { script });
    await lab.agent('node2', { script, groups: ['clients'] });
    const port = await freePort();
    await lab.write(
      'playbook',
      `SEND @clients START 127.0.0.1 ${port}\nSEND node1 START\nPROBE node1 tcp:${port}\n`,
    );
    const { code, stdout, stderr } = await lab.end(['preflight', '-p', 'playbook']);
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^node +check +result +detail\nbroker +reachable from here +ok +mqtt:\/\/127/);
    const row = (node: string, check: string, detail: string): RegExp =>
      new RegExp(`^${node} +${check} +ok +${detail}$`, 'm');
    expect(stdout).toMatch(row('node1', 'agent', 'version \\S+, session \\w{8}, \\S+ \\S+ node \\S+'));
    expect(stdout).toMatch(row('node1', 'free for a run', 'no run holds it'));
    expect(stdout).toMatch(row('node1', 'broker from there', 'there and back in .* ms \\(.*\\)'));
    expect(stdout).toMatch(row('node1', 'clock', 'known within .* ms, likely better'));
    expect(stdout).toMatch(row('node1', 'node script', 'loaded'));
    expect(stdout).toMatch(row('node1', 'functions', 'startFunction'));
    expect(stdout).toMatch(row('node1', 'iperf3 >= 3\\.9', 'version 3\\.12'));
    expect(stdout).toMatch(row('node1', 'cat', 'it is there'));
    expect(stdout).toMatch(row('node1', `port ${port}`, 'nothing listens there'));
    expect(stdout).toMatch(row('node2', `way to 127\\.0\\.0\\.1:${port}`, 'a connection was refused: .*'));
    expect(stdout).not.toMatch(/^node2 +port/m);
    expect(stdout).toMatch(/\n\n\d+ ok\n$/);
    expect(stderr).toBe('');
    expect(lab.processes().filter((line) => line.includes('iperf3'))).toEqual([]);
  });

  it('4: what is missing, too old, taken or out of reach is named, with what to do', async () => {
    const lab = await createLab(broker());
    const folder = await programs(lab, { iperf3: 'echo "iperf 3.1.3"', ping: 'exit 1' });
    const requires = 'requires="iperf3 >= 3.9, no-such-command"';
    await lab.agent('node1', { script: `PATH=${folder}:$PATH\n${requires}\nstartFunction() { :; }\n` });
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await expect.poll(() => server.address()).not.toBeNull();
    const taken = (server.address() as { port: number }).port;
    const { code, row, rows } = await look(lab, [
      'SEND node1 START fe80::1 5201',
      'SEND node1 MEASURE 10.255.255.1',
      `PROBE node1 tcp:${taken}`,
      `RECEIVE ${taken} file`,
      'SEND node9 START',
    ]);
    expect(code).toBe(4);
    expect(row('node1', 'command', 'iperf3 >= 3.9')).toMatchObject({
      outcome: 'fails',
      detail: 'it is version 3.1.3',
      remedy: 'install iperf3 >= 3.9 on node1',
    });
    expect(row('node1', 'command', 'no-such-command')).toMatchObject({ outcome: 'fails' });
    expect(row('node1', 'functions')).toMatchObject({
      outcome: 'fails',
      detail: 'it has no measureFunction for MEASURE',
    });
    const owner = new RegExp(`^in use by .+ \\(${process.pid}\\)$`);
    expect(row('node1', 'port')?.detail).toMatch(owner);
    expect(row('this machine', 'port')?.detail).toMatch(owner);
    // The kernel itself refuses an address of a link without the link, whatever the network.
    expect(row('node1', 'way', 'way to [fe80::1]:5201')).toMatchObject({ outcome: 'fails' });
    expect(row('node1', 'way', 'way to 10.255.255.1')).toMatchObject({
      outcome: 'fails',
      detail: 'no answer to a ping within 1s',
    });
    expect(row('node9', 'agent')).toMatchObject({ outcome: 'fails', detail: 'it has not been heard of' });
    expect(row('node9', 'space')).toMatchObject({ outcome: 'skipped', detail: 'it has not been heard of' });
    for (const each of rows.filter(({ outcome }) => outcome === 'fails'))
      expect(each.remedy).toEqual(expect.stringMatching(/\w/));
  });

  it('4: a node that a run holds, and whose that is; the run goes on', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1');
    const run = await lab.startRun(['SEND node1 START sleep 600', 'WAITFOR node1 STARTED'], [], {
      env: { USER: 'alice' },
    });
    await run.printed(/✓ 1\/2/);
    const { code, row } = await look(lab, ['SEND node1 START']);
    expect(code).toBe(4);
    expect(row('node1', 'use')?.detail).toMatch(/^the run \S+ of alice@\S+ holds it since 20/);
    expect(row('node1', 'functions')).toMatchObject({ outcome: 'works' });
    run.signal('SIGTERM');
    expect((await run.ended).code).toBe(130);
  });

  it('of an agent that reads plain text alone it is said what is not known', async () => {
    const lab = await createLab(broker());
    await startLegacyAgent(lab, broker(), 'old', 'startFunction() { :; }');
    const { code, rows } = await look(lab, ['SEND old START 10.0.0.1 5201']);
    const told = rows.filter(({ subject }) => subject === 'old');
    expect(told[0]).toMatchObject({ check: 'agent', outcome: 'information' });
    expect(told.slice(1).map(({ outcome }) => outcome)).toEqual(Array(8).fill('skipped'));
    expect(code).toBe(0);
    const sync = await look(lab, ['SYNC', 'SEND old START', 'GO']);
    expect(sync.row('old', 'clock')).toMatchObject({ outcome: 'fails' });
    expect(sync.code).toBe(4);
  });

  it('without a playbook: everybody who answers, for what needs none', async () => {
    const lab = await createLab(broker());
    await lab.agent('node2');
    const { code, stdout } = await lab.end(['preflight']);
    expect(stdout).toMatch(/^node2 +node script +ok +loaded$/m);
    expect(stdout).toMatch(/^node2 +commands +skip +the node script does not say what it requires/m);
    expect(stdout).not.toMatch(/ (functions|way to|port) /);
    expect(code, stdout).toBe(0);
  });

  it('4: nobody is there', async () => {
    const lab = await createLab(broker());
    const { code, stdout, stderr } = await lab.end(['preflight']);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^error: nobody answers on mqtt:\/\/.*\nhint: start the agents first/m);
  });

  it('2: a playbook with an error, none, two', async () => {
    const lab = await createLab(broker());
    const wrong = await look(lab, ['SEND node1']);
    expect(wrong.code).toBe(2);
    expect((await lab.end(['preflight', 'absent.playbook'])).code).toBe(2);
    const twice = await lab.end(['preflight', 'a', '-p', 'b']);
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('given twice') });
  });
});

it('5: no broker', async () => {
  const lab = await createLab({ port: await freePort(), stop: async () => {}, kill: async () => {} });
  const { code, stdout } = await lab.end(['preflight', '--broker-timeout', '300ms']);
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' });
});

it('a user who may do what a run needs and no more is enough', async () => {
  const topics = ['+/COMMAND', '_all/COMMAND', '_group/+/COMMAND'].map(
    (topic) => `topic readwrite e2e/+/${topic}`,
  );
  const reads = ['STATUS', 'INFO', 'REPLY', 'OUTPUT', 'HEARTBEAT'].map(
    (kind) => `topic readwrite e2e/+/+/${kind}`,
  );
  const acl = [...topics, ...reads, ''].join('\n');
  const broker = await startMosquitto({ config: 'acl_file acl', files: { acl } });
  onTestFinished(() => broker.stop());
  const lab = await createLab({ ...broker, kill: async () => {} });
  await lab.agent('node1');
  const { code, row } = await look(lab, ['SEND node1 START']);
  expect(row('broker', 'qos-1')).toMatchObject({
    outcome: 'warning',
    detail: expect.stringMatching(/; but agents answer$/),
  });
  expect(code).toBe(0);
});
