import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';
import { startLegacyAgent } from './support/legacy.ts';
import { PATIENCE } from './support/patience.ts';

const ORIGINAL = new URL('../fixtures/original/', import.meta.url).pathname;
const BACKGROUND = `startFunction() { sleep 600 & LAST_PID=$!; }\nstopFunction() { kill "$LAST_PID"; }`;

describeOnEachBroker('an old agent', (broker) => {
  it('does everything that a playbook can ask of it', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    const script = `${BACKGROUND}\nmeasureFunction() { echo "$1 of $2" >figures; }`;
    const agent = await startLegacyAgent(lab, broker(), 'old', script);
    const port = await freePort();
    const file = join(lab.folder, 'figures');
    const playbook = [
      '# An old agent, and every verb.',
      'WAITFOR old ALIVE',
      'SEND old START SERVER 5201',
      'WAITFOR old STARTED',
      '',
      '# It says nothing when it has done this.',
      'SEND old MEASURE many things',
      'WAIT 0.1',
      `RECEIVE ${port} received`,
      `SEND old SENDFILE ${file} 127.0.0.1 ${port} TRUNCATE`,
      'WAITFOR old SENT FILE',
      'SEND old STOP',
      'WAITFOR old STOPPED',
      'SEND old TERMINATE',
      'WAITFOR old TERMINATED',
    ];
    const { code, stdout, stderr } = await lab.run(playbook);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/old is a legacy agent: it answers with its STATUS alone/);
    expect(stdout).toMatch(/\n {2}old \(legacy\) +5 +0 .*\n\nPASSED/);
    expect(code, stdout).toBe(0);
    expect((await agent.ended).code).toBe(0);
    expect(await readFile(join(lab.folder, 'received'), 'utf8')).toBe('many of things\n');
    expect((await stat(file)).size).toBe(0);
    const sent = playbook.filter((line) => line.startsWith('SEND ')).map((line) => line.slice(9));
    expect(log.texts('old/COMMAND')).toEqual(sent);
  });

  it('takes part in one playbook with an agent of ours', async () => {
    const lab = await createLab(broker());
    const server = await startLegacyAgent(
      lab,
      broker(),
      'server',
      `startFunction() {
        iperf3 -s --forceflush -p "$2" >server.log &
        LAST_PID=$!
        until grep -q listening server.log; do sleep 0.1; done
      }
      stopFunction() { kill "$LAST_PID"; }`,
    );
    const client = await lab.agent('client', {
      script: `startFunction() { iperf3 -c "$2" -p "$3" -n 1M >client.log; }`,
    });
    const [iperfPort, serverPort, clientPort] = [await freePort(), await freePort(), await freePort()];
    const { code, stdout, stderr } = await lab.run([
      '# An old server and a new client.',
      'WAITFOR server ALIVE',
      'WAITFOR client ALIVE',
      `SEND server START SERVER ${iperfPort}`,
      'WAITFOR server STARTED',
      `SEND client START CLIENT 127.0.0.1 ${iperfPort}`,
      'WAITFOR client STARTED',
      'SEND server,client STOP',
      'WAITFOR server,client STOPPED',
      `RECEIVE ${serverPort} received.server`,
      `SEND server SENDFILE ${join(lab.folder, 'server.log')} 127.0.0.1 ${serverPort} TRUNCATE`,
      'WAITFOR server SENT FILE',
      `RECEIVE ${clientPort} received.client`,
      `SEND client SENDFILE ${join(lab.folder, 'client.log')} 127.0.0.1 ${clientPort} TRUNCATE`,
      'WAITFOR client SENT FILE',
      'SEND server,client TERMINATE',
      'WAITFOR server,client TERMINATED',
    ]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/\n {2}client \(terminated\) +4 +0 .*\n {2}server \(legacy\) +4 +0 .*\n\nPASSED/);
    expect(code, stdout).toBe(0);
    expect(await readFile(join(lab.folder, 'received.server'), 'utf8')).toContain(
      `listening on ${iperfPort}`,
    );
    expect(await readFile(join(lab.folder, 'received.client'), 'utf8')).toContain('iperf Done.');
    for (const agent of [server, client]) expect((await agent.ended).code).toBe(0);
  });

  it('takes part in a playbook of the original’s, unchanged, with an agent of ours', async () => {
    const lab = await createLab(broker());
    const read = (name: string): Promise<string> => readFile(join(ORIGINAL, name), 'utf8');
    const server = await startLegacyAgent(lab, broker(), 'server', await read('server.sh'));
    const client = await lab.agent('client', { script: await read('client.sh') });
    const { code, stdout, stderr } = await lab.run((await read('playbook')).split('\n'));
    expect(stderr).toBe('');
    expect(stdout).toContain('client │ Client to 127.0.0.1:5299 for 1 seconds');
    expect(code, stdout).toBe(0);
    for (const agent of [server, client]) expect((await agent.ended).code).toBe(0);
  });

  it('is stopped by Ctrl-C like an agent of ours', async () => {
    const lab = await createLab(broker());
    const log = await lab.listen();
    await startLegacyAgent(lab, broker(), 'old', BACKGROUND);
    await lab.agent('new');
    const run = await lab.startRun([
      'SEND old START 600',
      'SEND new START background 500',
      'WAITFOR old,new STARTED',
      'WAIT 600',
    ]);
    await run.printed(/✓ 3\/4/);
    await expect.poll(lab.processes, PATIENCE).toEqual(expect.arrayContaining(['sleep 600', 'sleep 500']));
    run.signal('SIGINT');
    const { code, stdout } = await run.ended;
    expect(code).toBe(130);
    expect(stdout).not.toContain('left something behind');
    await log.heard('old/STATUS', 'STOPPED');
    await log.heard('new/STATUS', 'STOPPED');
    await expect.poll(lab.processes, PATIENCE).not.toContain('sleep 600');
    expect(lab.processes()).not.toContain('sleep 500');
  });
});
