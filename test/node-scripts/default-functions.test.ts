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

  test('serve one test after the other, without a pause between', async () => {
    const { stdout } = await runInNode(
      `startFunction SERVER $1
       for test in 1 2 3; do startFunction CLIENT 127.0.0.1 $1 1 || echo "test $test failed"; done
       grep -c "^Server listening" /tmp/iperf3.$1.log`,
      await findFreePort(),
    );
    expect(stdout).toMatch(/^(update: .*\n){3}[34]\n$/);
  });

  test('on a port that is taken fail, name its owner, and leave it alone', async () => {
    const port = await findFreePort();
    const owner = createServer().listen(port, '127.0.0.1');
    const { stdout, stderr } = await runInNode('startFunction SERVER $1; echo "server $?"', port);
    expect(stdout).toBe('server 1\n');
    expect(stderr).toMatch(new RegExp(`^port ${port} is in use by .+ \\(${process.pid}\\)\n$`));
    expect(owner.listening).toBe(true);
    owner.close();
  });

  test('on the port of a server of ours take its place', async () => {
    const { stdout, stderr } = await runInNode(
      `startFunction SERVER $1; first=$(server $1)
       startFunction SERVER $1; echo "second $?"
       kill -0 "$first" 2>/dev/null && [[ $(</proc/$first/stat) != *") Z "* ]] && echo "the first lives"
       startFunction CLIENT 127.0.0.1 $1 1; echo "client $?"`,
      await findFreePort(),
    );
    expect(stdout).toMatch(/^second 0\nupdate: .*\nclient 0\n$/);
    expect(stderr).toBe('');
  });

  test.each([
    [''],
    ['SERVER'],
    ['SERVER 1 2'],
    ['CLIENT 127.0.0.1 5201'],
    ['CLIENT 127.0.0.1 5201 1 1 1'],
    ['server 5201'],
  ])('with wrong words (%s) say how they are used', async (words) => {
    const { stdout, stderr } = await runInNode(`startFunction ${words}; echo "start $?"`);
    expect(stdout).toBe('start 2\n');
    expect(stderr).toMatch(/^usage: START SERVER <port> \| START CLIENT .*\n$/);
  });

  test.each([['abc'], ['0'], ['70000'], ['05201']])('START SERVER %s is refused at once', async (port) => {
    const { stdout, stderr } = await runInNode(`startFunction SERVER ${port}; echo "start $?"`);
    expect(stdout).toBe('start 2\n');
    expect(stderr).toBe(`${port} is no port: a number from 1 to 65535\n`);
  });

  test.each([['CLIENT'], ['SERVER']])('STOP with wrong words (%s) says how it is used', async (words) => {
    const { stdout, stderr } = await runInNode(`stopFunction ${words}; echo "stop $?"`);
    expect(stdout).toBe('stop 2\n');
    expect(stderr).toBe('usage: STOP | STOP SERVER <port>\n');
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
      `startFunction SERVER $1; startFunction SERVER $2
       stopFunction; echo "stop $?" "left:$(countServers)"
       wait_port $1 0 || wait_port $2 0 || echo gone
       startFunction SERVER $1; echo "again $?"`,
      await findFreePort(),
      await findFreePort(),
    );
    expect(stdout).toBe('stop 0 left:0\ngone\nagain 0\n');
    expect(stderr).toBe('');
  });

  test('does not mind that a server is gone already, or that there was none', async () => {
    const { stdout } = await runInNode(
      'stopFunction; echo "none $?"; startFunction SERVER $1; kill -9 -- "-$(group $1)"; stopFunction; echo "gone $?"',
      await findFreePort(),
    );
    expect(stdout).toBe('none 0\ngone 0\n');
  });
});

describe('a server that goes wrong', () => {
  /** Starts a server of little patience, lets something happen to it, and waits for what its log then says. */
  const until = (word: string): string => `until grep -q "${word}" /tmp/iperf3.$1.log; do sleep 0.1; done`;
  const START = `
    IDLE_SECONDS=1
    startFunction SERVER $1`;
  const STILL_SERVES = 'wait_port $1 9; startFunction CLIENT 127.0.0.1 $1 1; echo "client $?"; stopFunction';
  const HUNG = 'nothing arrived for more than 1 s; the server hung and was replaced';

  test('is idle for as long as nobody comes', async () => {
    const { stdout } = await runInNode(
      `${START}; first=$(server $1); sleep 6; [[ $(server $1) == "$first" ]] && echo same; stopFunction`,
      await findFreePort(),
    );
    expect(stdout).toBe('same\n');
  });

  test.each([
    [
      'stops in the middle of a test',
      `{ iperf3 -c 127.0.0.1 -p $1 -t 60 & } >/dev/null 2>&1; ${until('Accepted')}; kill -STOP $(server $1)`,
    ],
    ['is kept by somebody who says nothing', '{ sleep 60 | ncat 127.0.0.1 $1 & } 2>/dev/null'],
  ])('is replaced when it %s, and that is said', async (_, happening) => {
    const { stdout } = await runInNode(
      `${START}; set -m; ${happening}; client=$!; set +m
       ${until(HUNG)}; kill -KILL -- "-$client"; ${STILL_SERVES}`,
      await findFreePort(),
    );
    expect(stdout).toMatch(/^update: .*\nclient 0\n$/);
  });

  test('gives up a client that vanishes in the middle of a test, and says so', async () => {
    const { stdout } = await runInNode(
      `${START}; { iperf3 -c 127.0.0.1 -p $1 -t 60 & client=$!; } >/dev/null 2>&1; ${until('Accepted')}; kill -STOP $client
       ${until('^update: a test on port')}; kill -KILL $client; ${STILL_SERVES}`,
      await findFreePort(),
    );
    expect(stdout).toMatch(/^update: .*\nclient 0\n$/);
  });

  test('has its line read whole, however long it takes to write it', async () => {
    const { stdout } = await runInNode(
      `cd "$(mktemp -d)"; PATH=$PWD:$PATH
       printf '#!/bin/sh\nprintf "Accepted con"; sleep 2.5; echo "nection from a slow server"\n' >iperf3; chmod +x iperf3
       serveOneTest 1; echo "served $?"; rm -r "$PWD"`,
    );
    expect(stdout).toBe('Accepted connection from a slow server\nserved 0\n');
  });

  test('is tried again, ever more rarely, while somebody else has its port, and that is said', async () => {
    const { stdout } = await runInNode(
      `${START}; kill -STOP "$(group $1)"; kill -KILL $(server $1)
       while wait_port $1 0; do sleep 0.05; done
       ncat -l 127.0.0.1 $1 & owner=$!; wait_port $1 9; kill -CONT "$(group $1)"
       ${until('trying again in 2 s')}; kill $owner; wait $owner 2>/dev/null
       grep "by ncat ($owner); trying again in 2 s" /tmp/iperf3.$1.log | sed "s/$owner/PID/; s/port $1/port N/"
       ${STILL_SERVES}`,
      await findFreePort(),
    );
    expect(stdout).toMatch(
      /^update: no server on port N: .*Address already in use by ncat \(PID\); trying again in 2 s\nupdate: .*\nclient 0\n$/,
    );
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
