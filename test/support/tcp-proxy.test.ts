import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ByteServer, startByteServer } from './byte-server.ts';
import { createPacketSplitter } from './packet-splitter.ts';
import { publishPacket } from './raw-client.ts';
import { PUBLISH, startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

const ONE = publishPacket('a', Buffer.from('one'));
const TWO = publishPacket('a', Buffer.from('two'));
/** Its length takes two bytes. */
const LONG = publishPacket('a', Buffer.alloc(300, 'x'));

describe('packets', () => {
  it.each([1, 2, 3, 7, 1000])('are whole again, however they were cut: %i bytes at a time', (size) => {
    const stream = Buffer.concat([ONE, LONG, TWO]);
    const split = createPacketSplitter();
    const packets: Buffer[] = [];
    for (let offset = 0; offset < stream.length; offset += size)
      packets.push(...split(stream.subarray(offset, offset + size)));
    expect(packets).toEqual([ONE, LONG, TWO]);
  });
});

describe('a wire', () => {
  let server: ByteServer;
  let wire: TcpProxy;
  let received: Buffer[];
  let client: Socket;
  let answered: Buffer[];
  /** Answers everything with itself. */
  beforeEach(async () => {
    received = [];
    server = await startByteServer((chunk, socket) => {
      received.push(chunk);
      socket.write(chunk);
    });
    wire = await startTcpProxy(server.port);
    await reconnect();
  });
  afterEach(async () => {
    client.destroy();
    await wire.close();
    await server.close();
  });

  async function reconnect(): Promise<void> {
    client = connect(wire.port, '127.0.0.1');
    client.on('error', () => {});
    answered = [];
    client.on('data', (chunk) => answered.push(chunk));
    await once(client, 'connect');
  }
  const there = (): string => Buffer.concat(received).toString('latin1');
  const back = (): string => Buffer.concat(answered).toString('latin1');
  const text = (...packets: readonly Buffer[]): string => Buffer.concat(packets).toString('latin1');
  const untilBack = (...packets: readonly Buffer[]): Promise<void> =>
    expect.poll(back).toBe(text(...packets)) as unknown as Promise<void>;

  it('carries bytes both ways', async () => {
    client.write(Buffer.concat([ONE, LONG]));
    await untilBack(ONE, LONG);
  });

  it('holds everything back while it is frozen', async () => {
    client.write(ONE);
    await untilBack(ONE);
    wire.freeze();
    client.write(TWO);
    const passed = wire.disturb('swallowed', ({ text }) => text.includes('one'));
    client.write(ONE);
    expect(there()).toBe(text(ONE));
    wire.thaw();
    await passed;
    await untilBack(ONE, TWO);
  });

  it('lets bytes trickle one by one', async () => {
    wire.slow({ pieceBytes: 1, pauseMs: 1 });
    client.write(ONE);
    await untilBack(ONE);
    expect(received.length).toBeGreaterThan(1);
    wire.slow(undefined);
    client.write(LONG);
    await untilBack(ONE, LONG);
  });

  it('shows every packet before it goes on, and does with it what is said', async () => {
    const seen: string[] = [];
    wire.watch(({ direction, text: packet }) => {
      seen.push(`${direction} ${packet.slice(-3)} ${received.length}`);
      return direction === 'up' && packet.includes('one') ? 'swallowed' : undefined;
    });
    client.write(ONE);
    client.write(TWO);
    await untilBack(TWO);
    expect(seen).toEqual(['up one 0', 'up two 0', 'down two 1']);
  });

  it.each(['up', 'down'] as const)('swallows a packet that goes %s, and only that one', async (direction) => {
    const swallowed = wire.disturb(
      'swallowed',
      (packet) => packet.direction === direction && packet.type === PUBLISH && packet.text.includes('two'),
    );
    client.write(Buffer.concat([ONE, TWO, LONG, TWO]));
    await swallowed;
    await untilBack(ONE, LONG, TWO);
    expect(there()).toBe(direction === 'up' ? text(ONE, LONG, TWO) : text(ONE, TWO, LONG, TWO));
  });

  it('cuts the connection behind a packet, which still arrives', async () => {
    const closed = once(client, 'close');
    const cut = wire.disturb('cut', ({ text: bytes }) => bytes.includes('two'));
    client.write(Buffer.concat([ONE, TWO, LONG]));
    await cut;
    await closed;
    await expect.poll(there).toBe(text(ONE, TWO));
  });

  it('takes new connections after a cut, and none while it is severed', async () => {
    const closed = once(client, 'close');
    wire.cut();
    await closed;
    await reconnect();
    client.write(ONE);
    await untilBack(ONE);

    const severed = once(client, 'close');
    wire.sever();
    await severed;
    await reconnect();
    await once(client, 'close');

    wire.mend();
    await reconnect();
    client.write(TWO);
    await untilBack(TWO);
    expect(wire.connections).toBe(4);
  });
});
