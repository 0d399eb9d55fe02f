import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const HARNESS = fileURLToPath(new URL('harness.sh', import.meta.url));
const SCRIPT = fileURLToPath(new URL('../../node-scripts/default/functions.sh', import.meta.url));

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs lines of bash as the agent would: one shell that has sourced the node script. Its servers end with it. */
async function runInNode(lines: string, ...args: readonly unknown[]): Promise<Ended> {
  const program = `. "${HARNESS}"; . "${SCRIPT}"; trap stopFunction EXIT\n${lines}`;
  const child = spawn('bash', ['-c', program, 'node', ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { stdout, stderr };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('START SERVER and START CLIENT', () => {
  test.each([
    ['one stream', ''],
    ['several streams', '3'],
  ])('measure with %s, and report the throughput once', async (_, streams) => {
    const { stdout } = await runInNode(
      `startFunction SERVER $1; echo "server $?"; startFunction CLIENT 127.0.0.1 $1 1 ${streams}; echo "client $?"`,
      await findFreePort(),
    );
    expect(stdout).toMatch(/^server 0\nupdate: \d+\.(\d\d G|\d M)bit\/s\nclient 0\n$/);
  });

  test('serve two clients at once on two ports', async () => {
    const { stdout } = await runInNode(
      `startFunction SERVER $1 && startFunction SERVER $2
       startFunction CLIENT 127.0.0.1 $1 1 & startFunction CLIENT 127.0.0.1 $2 1; wait $!; echo "first $?"`,
      await findFreePort(),
      await findFreePort(),
    );
    expect(stdout.match(/^update: /gm)).toHaveLength(2);
    expect(stdout).toMatch(/first 0\n$/);
  });

  test('without a server fail with the words of iperf3', async () => {
    const port = await findFreePort();
    const { stdout, stderr } = await runInNode('startFunction CLIENT 127.0.0.1 $1 1; echo "client $?"', port);
    expect(stdout).toBe('client 1\n');
    expect(stderr).toMatch(new RegExp(`^iperf3 to 127.0.0.1, port ${port}: .*Connection refused\n$`));
  });

  test('on a port that is taken fail at once, and leave its owner alone', async () => {
    const { stdout, stderr } = await runInNode(
      'startFunction SERVER $1; startFunction SERVER $1; echo "second $?"; startFunction CLIENT 127.0.0.1 $1 1; echo "client $?"',
      await findFreePort(),
    );
    expect(stdout).toMatch(/^second 1\nupdate: .*\nclient 0\n$/);
    expect(stderr).toMatch(/^something listens on port \d+ already\n/);
  });

  test.each([
    [''],
    ['SERVER'],
    ['SERVER abc'],
    ['SERVER 1 2'],
    ['CLIENT 127.0.0.1 5201'],
    ['CLIENT 127.0.0.1 5201 1 1 1'],
    ['server 5201'],
  ])('with wrong words (%s) say how they are used', async (words) => {
    const { stdout, stderr } = await runInNode(`startFunction ${words}; echo "start $?"`);
    expect(stdout).toBe('start 2\n');
    expect(stderr).toMatch(/^usage: START SERVER <port> \| START CLIENT .*\n$/);
  });

  test('with a duration that iperf3 refuses fail', async () => {
    const { stdout, stderr } = await runInNode('startFunction CLIENT 127.0.0.1 1 soon; echo "client $?"');
    expect(stdout).toMatch(/^client [1-9]\d*\n$/);
    expect(stderr).toMatch(/iperf3/);
  });
});

describe('STOP', () => {
  test('ends every server, so that their ports are free again', async () => {
    const { stdout, stderr } = await runInNode(
      `startFunction SERVER $1; startFunction SERVER $2; pids=$LAST_PID
       stopFunction; echo "stop $?" "left:$LAST_PID"
       kill -0 $pids 2>/dev/null || echo gone
       startFunction SERVER $1; echo "again $?"`,
      await findFreePort(),
      await findFreePort(),
    );
    expect(stdout).toBe('stop 0 left:\ngone\nagain 0\n');
    expect(stderr).toBe('');
  });

  test('does not mind that a server is gone already, or that there was none', async () => {
    const { stdout } = await runInNode(
      'stopFunction; echo "none $?"; startFunction SERVER $1; kill -9 $LAST_PID; stopFunction; echo "gone $?"',
      await findFreePort(),
    );
    expect(stdout).toBe('none 0\ngone 0\n');
  });
});

describe('the throughput', () => {
  test.each([
    ['9412345678.9', '9.41 Gbit/s'],
    ['4.0956e+10', '40.96 Gbit/s'],
    ['999960000', '1.00 Gbit/s'],
    ['999940000', '999.9 Mbit/s'],
    ['54321000.5', '54.3 Mbit/s'],
    ['0', '0.0 Mbit/s'],
  ])('of %s bits per second is %s', async (rate, shown) => {
    const report = `"sum_sent": {\n"bits_per_second":\t1,\n},\n"sum_received":\t{\n"bits_per_second":\t${rate},\n}`;
    const { stdout } = await runInNode('formatThroughput <<<"$1"', report);
    expect(stdout).toBe(`${shown}\n`);
  });

  test('of a report without one is a failure', async () => {
    const { stdout } = await runInNode('formatThroughput <<<"{}"; echo $?');
    expect(stdout).toBe('1\n');
  });
});

test.each([[SCRIPT], [HARNESS]])('%s is clean for shellcheck', async (file) => {
  const child = spawn('shellcheck', [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  expect(await text(child.stdout)).toBe('');
});
