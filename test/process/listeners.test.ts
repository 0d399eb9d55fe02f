import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { findListeners } from '../../src/process/index.ts';
import { netstatListeners, parseNetstat } from '../../src/process/netstat-listeners.ts';
import { parseProcTable } from '../../src/process/proc-listeners.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Listens on a free port of the address, and returns the port. */
async function listen(host: string): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function addressesOf(port: number): Promise<readonly string[]> {
  const found = await findListeners();
  if (found.kind === 'unknown') throw new Error(found.reason);
  return found.listeners.filter((listener) => listener.port === port).map(({ address }) => address);
}

describe('the listening sockets of this machine', () => {
  test.each([['127.0.0.1'], ['0.0.0.0'], ['::1'], ['::'], ['127.1.2.3']])('on %s', async (host) => {
    expect(await addressesOf(await listen(host))).toEqual([host]);
  });

  test('one that was closed is there no more', async () => {
    const port = await listen('127.0.0.1');
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await addressesOf(port)).toEqual([]);
  });

  test('a look connects to nothing', async () => {
    const port = await listen('127.0.0.1');
    let connections = 0;
    servers[0]?.on('connection', () => {
      connections += 1;
    });
    await addressesOf(port);
    expect(await addressesOf(port)).toEqual(['127.0.0.1']);
    expect(connections).toBe(0);
  });
});

test("the table of Linux: listening sockets only, in the machine's byte order", () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1451 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1452 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
  12: 0000000000000000FFFF00000100007F:1453 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
  13: B80D0120000000000000000001000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000
`;
  expect(parseProcTable(table)).toEqual([
    { address: '127.0.0.1', port: 5201 },
    { address: '127.0.0.1', port: 5203 },
    { address: '2001:db8::1', port: 22 },
  ]);
});

describe('what netstat tells', () => {
  test('on macOS and BSD', () => {
    const text = `Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  127.0.0.1.5201         127.0.0.1.49876        ESTABLISHED
tcp46      0      0  *.5201                 *.*                    LISTEN
tcp4       0      0  127.0.0.1.5202         *.*                    LISTEN
tcp6       0      0  fe80::1%lo0.5203       *.*                    LISTEN
tcp        0      0  10.0.0.1.22            *.*                    LISTEN
udp4       0      0  *.5204                 *.*
`;
    expect(parseNetstat(text)).toEqual([
      { address: '*', port: 5201 },
      { address: '127.0.0.1', port: 5202 },
      { address: 'fe80::1%lo0', port: 5203 },
      { address: '10.0.0.1', port: 22 },
    ]);
  });

  test('on Linux', () => {
    const text = `tcp        0      0 0.0.0.0:5201            0.0.0.0:*               LISTEN
tcp6       0      0 :::5202                 :::*                    LISTEN
`;
    expect(parseNetstat(text)).toEqual([
      { address: '0.0.0.0', port: 5201 },
      { address: '::', port: 5202 },
    ]);
  });

  test('is nothing where there is none', async () => {
    expect(await netstatListeners('no-such-netstat')).toEqual({
      kind: 'unknown',
      reason: expect.stringContaining('no-such-netstat does not tell: '),
    });
  });
});
