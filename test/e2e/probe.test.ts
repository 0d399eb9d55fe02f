import { expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { describeOnEachBroker } from './support/brokers.ts';
import { createLab } from './support/lab.ts';

/** STARTED says nothing here: the server of START listens a moment later, and serves one test or connection. */
const SCRIPT = `
startFunction() {
  case $1 in
    iperf3) { sleep 0.7; exec iperf3 -s -1 -p "$2"; } >/dev/null & ;;
    ncat) { sleep 0.3; exec ncat -l 127.0.0.1 "$2" >heard; } & ;;
    fail) sleep 0.3; echo "port $2 is in use" >&2; return 1 ;;
  esac
}
measureFunction() { iperf3 -c 127.0.0.1 -p "$1" -t 1 >/dev/null; }
sayFunction() { echo "$2" | ncat 127.0.0.1 "$1"; }
`;

describeOnEachBroker('PROBE', (broker) => {
  it('waits until a server listens, and leaves it the one test that it serves', async () => {
    const lab = await createLab(broker());
    for (const node of ['server', 'client']) await lab.agent(node, { script: SCRIPT });
    const port = await freePort();
    const { code, stdout } = await lab.run([
      `SEND server START iperf3 ${port}`,
      'WAITFOR server STARTED',
      `PROBE server tcp:${port} TIMEOUT 1m`,
      `SEND client MEASURE ${port}`,
      'WAITFOR client MEASURE-DONE TIMEOUT 1m',
    ]);
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/✓ 3\/5 {2}PROBE server tcp:\d+ TIMEOUT 1m/);
    expect(stdout).not.toContain('no other machine');
  });

  it('says where only the machine itself reaches the port, which still takes its one connection', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1', { script: SCRIPT });
    const port = await freePort();
    const { code, stdout } = await lab.run([
      `SEND node1 START ncat ${port}`,
      `PROBE node1 tcp:${port}`,
      `SEND node1 SAY ${port} hello`,
      'WAITFOR node1 SAY-DONE',
    ]);
    expect(code, stdout).toBe(0);
    expect(stdout).toContain(
      `! node1: TCP port ${port} listens on 127.0.0.1 only: no other machine reaches it\n`,
    );
  });

  it('ends with the time that it has, or with the command that was to listen', async () => {
    const lab = await createLab(broker());
    await lab.agent('node1', { script: SCRIPT });
    const port = await freePort();
    const late = await lab.run([
      'SEND node1 START x',
      'WAITFOR node1 STARTED',
      `PROBE node1 tcp:${port} TIMEOUT 3s`,
    ]);
    expect(late.stdout).toMatch(/✗ 3\/3 {2}PROBE node1 tcp:\d+ TIMEOUT 3s {2}timed out/);
    expect(late.stdout).toContain(
      `node1: nothing listens on its TCP port ${port}; its START x has said STARTED\n`,
    );
    expect(late.code).toBe(3);
    const failed = await lab.run([`SEND node1 START fail ${port}`, `PROBE node1 tcp:${port}`]);
    expect(failed.stdout).toContain(`node1: START fail ${port} failed: port ${port} is in use\n`);
    expect(failed.code).toBe(1);
  });
});
